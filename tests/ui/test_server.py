"""The server around the app: replies at once, and what a user sees of an error."""

import logging
import re
import socket

import pytest
from streamlit import config
from streamlit.testing.v1 import AppTest

from riskcore.core.settings import PROJECT
from riskcore.ui import server


@pytest.mark.skipif(not server.OPEN_FILES.is_dir(), reason="This system does not list a process's open files.")
def test_connections_of_a_listener_that_was_open_already_reply_at_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server.send_replies_at_once()
        with socket.create_connection(listener.getsockname()) as client:
            connection, _ = listener.accept()
            with connection:
                assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
                connection.sendall(b"still open")
                assert client.recv(10) == b"still open"


def test_a_bug_shows_a_number_that_is_in_the_log_and_nothing_of_its_insides(caplog: pytest.LogCaptureFixture) -> None:
    def page() -> None:
        from riskcore.ui import server

        server.show_script_error(ValueError("the insides"))

    with caplog.at_level(logging.ERROR):
        shown = AppTest.from_function(page, default_timeout=30).run().error[0].value
    assert "the insides" not in shown
    number = re.search(r"error ([0-9a-f]{8})\.", shown)
    assert number is not None
    assert number[1] in caplog.text
    assert "the insides" in caplog.text


def test_a_mistake_that_a_page_did_not_catch_is_told_as_it_is(caplog: pytest.LogCaptureFixture) -> None:
    def page() -> None:
        from riskcore.core.errors import DataError
        from riskcore.ui import server

        server.show_script_error(DataError("Row 3: amount is -1. It must be at least 0."))

    shown = AppTest.from_function(page, default_timeout=30).run().error[0].value
    assert shown == "Row 3: amount is -1. It must be at least 0."
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


def test_a_bad_setting_ends_the_program_with_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RISKCORE_CHUNK", "zero")
    with pytest.raises(SystemExit, match="RISKCORE_CHUNK is 'zero'"):
        server.check_settings()


def test_streamlits_own_page_has_no_inline_script_that_the_policy_forgets() -> None:
    policy = server.security_headers()["Content-Security-Policy"]
    assert server.inline_script_hashes()
    assert all(source in policy for source in server.inline_script_hashes())


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("runner.postScriptGC", False),
        ("server.fileWatcherType", "none"),
        ("server.address", "127.0.0.1"),
        ("browser.gatherUsageStats", False),
        ("client.showErrorDetails", "none"),
    ],
)
def test_streamlit_knows_the_options_that_make_it_fast_and_discreet(
    option: str, value: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(PROJECT)
    config.get_config_options(force_reparse=True)
    assert config.get_option(option) == value
