#!/usr/bin/perl
# Checks that the links of the Markdown files, and the pages of docs that code, messages and the chart cite, lead to
# files and headings that exist, and that `... words` in Markdown quote a message in webhook/. Prints each that does not.
# The last line: N passed, M failed.
#   tests/links.pl [ROOT]      ROOT is the repository, by default the one that this file is in
use strict;
use warnings;
use File::Basename qw(dirname);

my $root = $ARGV[0] // dirname($0) . "/..";
chdir $root or die "$root: $!\n";
my %anchors;
my ($passed, $failed) = (0, 0);

sub lines_of {
  my ($path) = @_;
  open my $file, "<", $path or die "$path: $!\n";
  my @lines = <$file>;
  return @lines;
}

# Returns the anchors of a Markdown file as GitHub makes them of its headings: lower case, without punctuation, "-" for
# each space, "-1" at the second of a name.
sub anchors_of {
  my ($path) = @_;
  return $anchors{$path} if $anchors{$path};
  my (%found, %seen);
  my $in_block = 0;

  for (lines_of($path)) {
    $in_block = !$in_block if /^\s*```/;
    next if $in_block || !/^#+\s+(.*?)\s*$/;
    my $name = lc $1;
    $name =~ s/\[([^\]]*)\]\([^)]*\)/$1/g;
    $name =~ s/[^\w\- ]//g;
    $name =~ tr/ /-/;
    $found{$seen{$name} ? "$name-$seen{$name}" : $name} = 1;
    $seen{$name}++;
  }
  return $anchors{$path} = \%found;
}

sub check {
  my ($place, $path, $anchor) = @_;
  my $wrong = !-e $path ? "there is no $path"
    : length $anchor && $path =~ /\.md$/ && !anchors_of($path)->{$anchor} ? "$path has no heading #$anchor"
    : "";
  $wrong ? $failed++ : $passed++;
  print "$place: $wrong\n" if $wrong;
}

sub check_markdown {
  my ($path) = @_;
  my $in_block = 0;
  my $number = 0;

  for (lines_of($path)) {
    $number++;
    $in_block = !$in_block if /^\s*```/;
    next if $in_block;
    while (/\]\(([^)\s#]*)(?:#([^)\s]*))?\)/g) {
      my ($target, $anchor) = ($1, $2 // "");
      next if $target =~ /^[a-z]+:/;
      check("$path:$number", length $target ? dirname($path) . "/$target" : $path, $anchor);
    }
  }
}

# A message of ours is quoted as `... words`, from words on that are in one string literal.
sub check_quotes {
  my ($path, $sources) = @_;
  my $number = 0;

  for (lines_of($path)) {
    $number++;
    while (/`\.\.\. ([a-z][^`]*)`/g) {
      my $found = index($sources, $1) >= 0;
      $found ? $passed++ : $failed++;
      print "$path:$number: no file in webhook/ has \"$1\"\n" if !$found;
    }
  }
}

sub check_citations {
  my ($path) = @_;
  my $number = 0;

  for (lines_of($path)) {
    $number++;
    while (m{(?<![\w/.-])(docs/[\w/-]+\.md)(?:#([\w-]+))?}g) {
      check("$path:$number", $1, $2 // "");
    }
  }
}

my @files = split /\0/, `git ls-files -z --cached --others --exclude-standard`;
my $sources = join "", map { lines_of($_) } grep { m{^webhook/.*\.c$} && -f } @files;
for my $path (grep { -f } @files) {
  check_markdown($path) if $path =~ /\.md$/;
  check_quotes($path, $sources) if $path =~ /\.md$/;
  check_citations($path) if $path =~ /\.(md|c|h|yaml|tpl|txt|sh|pl|go|json)$/ && $path !~ m{^tests/golden/};
}
print "$passed passed, $failed failed\n";
exit($failed ? 1 : 0);
