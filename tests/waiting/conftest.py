from tests.desk.conftest import desk, practice

__all__ = ["desk", "practice"]
