"""The composition root: the only package that knows every other one."""

from callcenter.server.node import Server

__all__ = ["Server"]
