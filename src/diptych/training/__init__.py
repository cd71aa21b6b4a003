"""Training: one loop, and the recipes that use it. Needs the extra `train` (torch, accelerate)."""
