"""No input gives anything but settings or problems."""

from dataclasses import fields, is_dataclass
from typing import Any, get_args, get_origin, get_type_hints

from hypothesis import given
from hypothesis import strategies as st

from idp.config.environment import overrides
from idp.config.example import example
from idp.config.problem import ConfigurationProblems
from idp.config.reading import read_settings
from idp.config.settings import Settings


def read(text: str, environ: dict[str, str]) -> None:
    outcome = outcome_of(text, environ)
    if isinstance(outcome, ConfigurationProblems):
        assert outcome.problems
        assert all(problem.message and problem.fix for problem in outcome.problems)
        assert str(outcome).encode()


def outcome_of(text: str, environ: dict[str, str]) -> Settings | ConfigurationProblems:
    try:
        return read_settings(text, environ)
    except ConfigurationProblems as refused:
        return refused


def every_key() -> list[str]:
    found: list[str] = []

    def walk(table: Any, prefix: str) -> None:
        hints = get_type_hints(table)
        for item in fields(table):
            if is_dataclass(hints[item.name]):
                walk(hints[item.name], f"{prefix}{item.name}.")
            else:
                found.append(prefix + item.name)

    walk(Settings, "")
    return found


KEYS = every_key()
SCALARS = st.one_of(
    st.booleans().map(lambda value: "true" if value else "false"),
    st.integers().map(str),
    st.integers(min_value=-5, max_value=100_000).map(str),
    st.floats().map(repr),
    st.sampled_from(
        ["1979-05-27", "07:32:00", '"https://a.example"', '"*"', '"0.0.0.0/0"', '"postgresql://["', "{}"]
    ),
    st.text(st.characters(exclude_characters="'", exclude_categories=["Cs", "Cc"])).map(
        lambda text: f"'{text}'"
    ),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]"),
        st.dictionaries(
            st.sampled_from(["identifier", "scopes", "default", "country", "x"]), inner, max_size=3
        ).map(lambda items: "{" + ", ".join(f"{name} = {value}" for name, value in items.items()) + "}"),
    ),
    max_leaves=6,
)


@given(st.text())
def test_any_text(text: str) -> None:
    read(text, {})


@given(st.dictionaries(st.sampled_from([*KEYS, "server", "nonsense", "server.prot"]), VALUES, max_size=5))
def test_any_value_of_any_type_for_any_key(values: dict[str, str]) -> None:
    read("\n".join(f"{key} = {value}" for key, value in values.items()), {})


@given(st.data())
def test_any_damage_to_a_real_file(data: st.DataObject) -> None:
    text = example().replace("\n# ", "\n")
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 40)))
    read(text[:start] + data.draw(st.text(max_size=10)) + text[end:], {})


@given(st.dictionaries(st.sampled_from(KEYS), st.text(st.characters(), max_size=20) | VALUES, max_size=4))
def test_any_environment(values: dict[str, str]) -> None:
    environ = {"IDP_" + key.replace(".", "__").upper(): value for key, value in values.items()}
    assert not overrides(environ)[1]
    read('issuer = "https://login.example.com"', environ)


def test_every_type_of_a_setting_is_one_that_the_reader_knows() -> None:
    def walk(table: Any) -> None:
        hints = get_type_hints(table)
        for item in fields(table):
            annotation = hints[item.name]
            if get_origin(annotation) is tuple:
                annotation = get_args(annotation)[0]
            if is_dataclass(annotation):
                walk(annotation)
                continue
            assert annotation in (str, int, bool) or {type(choice) for choice in get_args(annotation)} == {
                str
            }
            # Without bounds a number could be negative; with a default, nothing has to be written.
            assert (annotation is int) == (item.metadata["within"] is not None), item.name

    walk(Settings)
