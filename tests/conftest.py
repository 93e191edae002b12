"""What every test may ask for: databases, a browser, and the numbers of the requirements that it checks."""

from hypothesis import settings

pytest_plugins = [
    "tests.support.browser",
    "tests.support.databases",
    "tests.support.requirements",
    "tests.support.world",
]

# A shared machine pauses where it likes, so no example is judged by its time; a failure prints how to repeat it.
settings.register_profile("idp", deadline=None, print_blob=True)
settings.load_profile("idp")
