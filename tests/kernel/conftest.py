"""The host-built programs, each built once a session."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.kernel.host_build import ARCHITECTURES, COMPILERS, build


class Programs(dict[tuple[str, str], Path]):
    """(architecture, compiler) -> program, built when it is first asked for."""

    def __missing__(self, key: tuple[str, str]) -> Path:
        assert key[0] in ARCHITECTURES
        assert key[1] in COMPILERS
        self[key] = build(*key)
        return self[key]


@pytest.fixture(scope="session")
def host_program() -> Programs:
    return Programs()
