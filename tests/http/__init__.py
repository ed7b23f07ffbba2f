"""Tests of one door or of what it renders."""
