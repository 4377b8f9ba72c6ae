"""All registered transforms: importing this module fills the registry."""

from transforms import baseline, flags, ranges, recode, reference, results, sequence, text, timing, visits
from transforms.registry import REGISTRY

__all__ = [
    "REGISTRY",
    "baseline",
    "flags",
    "ranges",
    "recode",
    "reference",
    "results",
    "sequence",
    "text",
    "timing",
    "visits",
]
