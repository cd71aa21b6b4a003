"""Samplers and layouts as pure functions of numpy arrays; they know no model class."""
