"""Tests of the house itself: its arrows, fences, texts, tables and papers."""
