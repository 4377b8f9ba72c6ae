"""All registered transforms: importing this module fills the registry."""

from transforms import baseline, ranges, recode, results, sequence, text, timing, visits
from transforms.registry import REGISTRY

__all__ = ["REGISTRY", "baseline", "ranges", "recode", "results", "sequence", "text", "timing", "visits"]
