"""Ports that several node types share, and the labels they carry."""

from __future__ import annotations

from callcenter.ivr.registry import Label, Port

NEXT = Port("next", Label("Tiếp theo", "Next"))
NO_INPUT = Port("no_input", Label("Không bấm phím", "No input"))
INVALID = Port("invalid", Label("Bấm sai", "Invalid"))
