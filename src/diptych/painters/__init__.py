"""Engines that make pixels from words, and words from pixels."""
