from tests.desk.conftest import practice

__all__ = ["practice"]
