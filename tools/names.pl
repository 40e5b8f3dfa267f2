#!/usr/bin/perl
# Checks that public names are spelled only in their places: code elsewhere must use the macros that are defined there.
#   tools/names.pl [FOLDER]    the folder that contains webhook/; by default this repository
#
# A literal without a blank is code, and so is text in quotes within a literal, as in a CEL expression. Any other literal
# is a sentence or an example for people, who read and search for it as it is written. It may spell out a name, but a
# name in our or Karpenter's domain only if a names.h defines it.
use strict;
use warnings;

# What must not be spelled elsewhere, and its place: the folder or file below webhook/.
my @places = (
    [qr{gpuslice\.dev|^Slice(?:Class|Policy|Pool|Settings|Test)$}, 'core/names.h'],
    [qr{karpenter\.(?:sh|k8s\.aws|kwok\.sh)}, 'karpenter/'],
    [qr{(?:node|topology)\.kubernetes\.io/(?!not-ready|unreachable)[a-z]|kubernetes\.io/(?:arch|os|hostname)\b|topology\.k8s\.aws/[a-z]}, 'karpenter/'],
    [qr{^(?:NodePool|NodeClaim|NodeOverlay|EC2NodeClass|KWOKNodeClass|Provisioner|AWSNodeTemplate)$}, 'karpenter/'],
    [qr{nvidia\.com|NVIDIA_VISIBLE_DEVICES}, 'nvidia/'],
);
my $full_name = qr{(?:gpuslice\.dev|karpenter\.sh|karpenter\.k8s\.aws)/[\w./-]*\w};

my $root = shift // ($0 =~ m{^(.*)/tools/[^/]*$} ? $1 : '.');
chdir "$root/webhook" or die "$root/webhook: $!\n";

sub slurp {
    my ($file) = @_;
    open my $handle, '<', $file or die "$file: $!\n";
    local $/ = undef;
    return scalar <$handle>;
}

# Comments become blanks, so that lines keep their numbers.
sub without_comments {
    my ($text) = @_;
    $text =~ s{("(?:[^"\\\n]|\\.)*")|(/\*.*?\*/|//[^\n]*)}{defined $1 ? $1 : $2 =~ s/[^\n]/ /gr}ges;
    return $text;
}

# The values of the macros in these places.
my (%macro, %defined);
for my $file (grep { -e } 'core/names.h', 'karpenter/names.h', 'nvidia/names.h') {
    my $text = without_comments(slurp($file));
    $macro{$1} = $2 while $text =~ /^#define (\w+) +([^\n]*)/mg;
}
sub value_of {
    my ($name) = @_;
    return '' unless defined $macro{$name};
    return join '', map { /^"(.*)"$/ ? $1 : value_of($_) } $macro{$name} =~ /"[^"]*"|\w+/g;
}
$defined{value_of($_)} = 1 for keys %macro;

my $bad = 0;
for my $file (sort(glob('*/*.[ch]'), glob('*/*/*.[ch]'))) {
    my @lines = split /\n/, without_comments(slurp($file));
    for my $number (1 .. @lines) {
        my $line = $lines[$number - 1];
        next if $line =~ /^#include/;
        while ($line =~ /"((?:[^"\\]|\\.)*)"/g) {
            my $literal = $1;
            my $is_text = $literal =~ /\s|\\n/;
            for my $row (@places) {
                my ($name, $place) = @$row;
                next if index($file, $place) == 0;
                next unless $literal =~ ($is_text ? qr{(?:'|\\")$name} : $name);
                print STDERR "webhook/$file:$number: \"$literal\" may be spelled in $place only\n";
                $bad++;
            }
            while ($is_text && $literal =~ /($full_name)/g) {
                next if $defined{$1};
                print STDERR "webhook/$file:$number: no names.h defines $1\n";
                $bad++;
            }
        }
    }
}
exit 1 if $bad;
print "names: each is spelled in its place only\n";
