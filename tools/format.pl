#!/usr/bin/perl
# Formats C files with clang-format 14 and .clang-format, or fails if one is not formatted (--check).
#   tools/format.pl [--check] FILE...
# clang-format indents wrongly after the brackets of JSON({"a": [1]}), in spite of WhitespaceSensitiveMacros. So each
# such text is replaced by a name of the same width before clang-format runs, and is put back afterwards. If its first
# line was moved, its later lines are moved as far.
use strict;
use warnings;
use File::Temp;

my $check = @ARGV && $ARGV[0] eq '--check' && shift @ARGV;
if (`clang-format --version 2>/dev/null` !~ /version 14\./) {
    print "format: not checked, clang-format 14 is not installed\n"; # another version formats differently
    exit($check ? 0 : 1);
}
my $json = qr/(?<!define )\b(JSON\((?:[^()"]|"(?:[^"\\\n]|\\.)*")*\))/;
my $folder = File::Temp->newdir;
my (%before, %texts, %copies);

for my $file (@ARGV) {
    $before{$file} = contents($file);
    my ($masked, $count) = ($before{$file}, 0);
    $masked =~ s/$json/push @{$texts{$file}}, {text => $1, column => column($masked, $-[0])}; name($count++, width($texts{$file}[-1]))/ge;
    $copies{$file} = "$folder/" . keys(%copies) . '.' . ($file =~ /(\w)$/)[0];
    store($copies{$file}, $masked);
}
system('clang-format', '-i', '--style=file:.clang-format', map { $copies{$_} } @ARGV) == 0 or exit 1;

my @changed;
for my $file (@ARGV) {
    my $after = contents($copies{$file});
    # One by one, because the column of each depends on those before it in its line.
    while ($after =~ /\bJSON_(\d+)_+/g) {
        my $column = column($after, $-[0]);
        substr($after, $-[0], length $&) = moved($texts{$file}[$1], $column);
    }
    next if $after eq $before{$file};
    push @changed, $file;
    store($file, $after) unless $check;
}
if ($check) {
    print "$_: not formatted, run `make format`\n" for @changed;
    print "format: every C file is formatted\n" unless @changed;
    exit(@changed > 0);
}

sub contents { my ($file) = @_; local $/; open(my $in, '<', $file) or die "$file: $!\n"; return <$in> // '' }
sub store { my ($file, $text) = @_; open(my $out, '>', $file) or die "$file: $!\n"; print $out $text; close($out) or die "$file: $!\n" }
sub column { my ($text, $at) = @_; return $at - (rindex($text, "\n", $at - 1) + 1) }
sub name { my ($number, $width) = @_; my $name = "JSON_${number}_"; return length $name < $width ? $name . '_' x ($width - length $name) : $name }

# The number of columns from the beginning of a text to the end of its longest line.
sub width {
    my ($json) = @_;
    my ($first, @lines) = split /\n/, $json->{text};
    my $width = length $first;
    for (map { length($_) - $json->{column} } @lines) { $width = $_ if $_ > $width }
    return $width;
}

sub moved {
    my ($json, $column) = @_;
    my $by = $column - $json->{column};
    my ($first, @lines) = split /\n/, $json->{text}, -1;
    return join("\n", $first, map { $by < 0 ? s/^ {0,${\-$by}}//r : ' ' x $by . $_ } @lines);
}
