"""All registered transforms: importing this module fills the registry."""

from transforms import (
    analysis,
    baseline,
    flags,
    imputation,
    merging,
    occurrence,
    ranges,
    recode,
    reference,
    results,
    sequence,
    text,
    timing,
    visits,
)
from transforms.registry import REGISTRY

__all__ = [
    "REGISTRY",
    "analysis",
    "baseline",
    "flags",
    "imputation",
    "merging",
    "occurrence",
    "ranges",
    "recode",
    "reference",
    "results",
    "sequence",
    "text",
    "timing",
    "visits",
]
