"""Synthetic raw extract of study CT0596-101: who took part, what the EDC holds, what the vendors sent."""
