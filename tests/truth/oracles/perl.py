"""PPI, the parser that Perl::Critic reads with (Debian: libppi-perl); Perl's own would have to run what it reads.

Counted: packages and subroutines (the last part of the name), declarations too, at any depth; subroutines that
are assigned to a glob (`*name = sub`, `*name = \\&other`); `our` variables outside subroutines, with their sigil, each
once in a package; constants of `use constant`; attributes that `has` declares without brackets.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from tests.truth.definition import Definition

PROGRAM = r"""
use strict;
use warnings;
use JSON::PP;
use PPI;

my (@found, %seen, $space);

sub add {
    my ($token, $kind, $name) = @_;
    push @found, [$name // $token->content, $token->line_number, $kind];
}

sub add_last_part {
    my ($token, $kind) = @_;
    add($token, $kind, $token->content =~ s/.*(?:::|')//r);
}

sub visit {
    my ($node, $inside) = @_;
    if ($node->isa('PPI::Statement::Package')) {
        $space = $node->namespace;
        add_last_part($node->schild(1), 'package');
    } elsif ($node->isa('PPI::Statement::Scheduled')) {
        # A block that is run, no subroutine.
    } elsif ($node->isa('PPI::Statement::Sub')) {
        add_last_part($node->schild(1), 'function') if $node->schild(1)->isa('PPI::Token::Word');
        $inside = 1;
    } elsif ($node->isa('PPI::Statement::Variable')) {
        ours($node) if $node->type eq 'our' && !$inside;
    } elsif ($node->isa('PPI::Statement::Include')) {
        constants($node) if $node->type eq 'use' && $node->module eq 'constant';
    } elsif (ref $node eq 'PPI::Statement') {
        glob_or_attribute($node);
    }
    for my $child ($node->schildren) {
        visit($child, $inside) if $child->isa('PPI::Node');
    }
}

sub ours {
    my ($statement) = @_;
    my $named = $statement->schild(1);
    my @symbols = $named->isa('PPI::Structure') ? @{ $named->find('PPI::Token::Symbol') || [] } : ($named);
    for my $symbol (grep { $_->isa('PPI::Token::Symbol') } @symbols) {
        add($symbol, 'variable') unless $seen{$space}{$symbol->content}++;
    }
}

sub constants {
    my ($statement) = @_;
    my ($first) = $statement->arguments or return;
    if ($first->isa('PPI::Token::Word')) {
        add($first, 'constant');
    } elsif ($first->isa('PPI::Structure')) {
        for my $word (map { $_->schildren } $first->schildren) {
            my $next = $word->snext_sibling;
            add($word, 'constant') if $word->isa('PPI::Token::Word') && $next && $next eq '=>';
        }
    }
}

sub glob_or_attribute {
    my ($first, $second, $third) = $_[0]->schildren;
    return unless $second;
    if ($first->isa('PPI::Token::Symbol') && $first =~ /^\*\w/ && $second eq '=' && $third) {
        add($first, 'function', $first->content =~ s/^\*(?:.*::)?//r) if $third eq 'sub' || $third eq '\\';
    } elsif ($first eq 'has' && $third && ($third eq '=>' || $third eq ',')) {
        if ($second->isa('PPI::Token::Word')) { add($second, 'property') }
        elsif ($second->isa('PPI::Token::Quote')) { add($second, 'property', $second->string) }
    }
}

while (my $path = <STDIN>) {
    chomp $path;
    my $document = PPI::Document->new($path) or next;
    next if $document->errstr;
    $document->index_locations;
    (@found, %seen) = ();
    $space = '';
    visit($document, 0);
    print JSON::PP->new->latin1->encode([$path, \@found]), "\n";
}
"""


def definitions(paths: list[Path]) -> dict[Path, list[Definition]]:
    listing = "".join(f"{path}\n" for path in paths)
    answer = subprocess.run(["perl", "-e", PROGRAM], input=listing, capture_output=True, text=True, check=True)
    parsed = map(json.loads, answer.stdout.splitlines())
    return {Path(path): [Definition(*one) for one in found] for path, found in parsed}
