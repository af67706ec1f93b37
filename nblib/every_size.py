"""Proofs for every size: sums over −∞..∞ of zero-extended arrays, put into a normal form."""

from __future__ import annotations


def holds_for_every_size(comparison, left, right) -> bool:
    return False
