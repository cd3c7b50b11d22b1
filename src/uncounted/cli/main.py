"""The `uncounted` command: puts the commands together, turns errors into frames and exit codes.

Exit codes: 0 done; 1 done, and a check did not hold; 2 project file or usage; 3 source data; 4 estimate refused;
5 needs review first; 70 our bug; 130 Ctrl-C.
"""

from __future__ import annotations

import errno
import os
import signal
import sys
import threading

import typer
from typer.exceptions import TyperException

from uncounted.cli import (
    changes,
    check,
    decide,
    demo,
    doctor,
    estimate,
    explain,
    hold_out,
    init,
    link,
    models,
    passphrase,
    published,
    repeats,
    review,
    run,
    schema,
)
from uncounted.cli.talk import say, show_error
from uncounted.errors import UncountedError

app = typer.Typer(
    name="uncounted",
    help="How many were there, counting those whom no list recorded?",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for module in (
    demo, init, check, link, changes, review, decide, estimate, hold_out, models, repeats, run, published, schema,
    passphrase, doctor, explain,
):  # fmt: skip
    module.register(app)


@app.callback(invoke_without_command=True)
def _options(
    version: bool = typer.Option(False, "--version", help="Print the version and stop."),
    debug: bool = typer.Option(False, "--debug", help="Show the full traceback of an error."),  # noqa: ARG001
) -> None:
    """Answer honestly how many there were, from several incomplete lists."""
    if version:
        from uncounted import __version__

        typer.echo(__version__)
        raise typer.Exit


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and leave with its exit code."""
    sys.exit(main_inner(sys.argv[1:] if arguments is None else arguments))


def main_inner(arguments: list[str]) -> int:
    """Run one command and return its exit code; no traceback unless ``--debug`` stands before the command."""
    debug = "--debug" in arguments
    stopped = _watch_for_ctrl_c()
    try:
        code = app(args=arguments, standalone_mode=False, prog_name="uncounted")
        if stopped:
            return _stopped()
    except typer.Abort:
        return _stopped()
    except TyperException as error:
        words = error.format_message() if hasattr(error, "format_message") else str(error)
        say(f"{words}\nSee: uncounted --help")
        return 2
    except UncountedError as error:
        if stopped:
            return _stopped()
        if debug:
            raise
        show_error(error)
        return error.exit_code
    except BrokenPipeError:
        # Whoever read our output stopped reading (e.g. `| head`): not an error, but Python must not flush again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return _stopped()
    except OSError as error:
        if stopped:
            return _stopped()
        if debug:
            raise
        return _machine_trouble(error)
    except Exception as error:  # the last door: a bug of ours must not print anybody's data
        if stopped:  # engines turn the interrupt into errors of their own
            return _stopped()
        if debug:
            raise
        return _our_bug(error)
    return code if isinstance(code, int) else 0


def _watch_for_ctrl_c() -> list[bool]:
    """Note every Ctrl-C in the list returned; the interrupt itself goes its usual way."""
    stopped: list[bool] = []

    def note(_signal: int, _frame: object) -> None:
        stopped.append(True)
        raise KeyboardInterrupt

    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, note)
    return stopped


def _stopped() -> int:
    say("\nStopped. Finished stages are kept; run the same command again to go on.")
    return 130


def _machine_trouble(error: OSError) -> int:
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        what, do = "the disk is full", "Free some space and run the same command again; finished stages are kept."
    elif error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        what, do = "a file or folder may not be read or written", "Check the permissions of the project folder."
    else:
        return _our_bug(error)
    name = os.path.basename(str(error.filename)) if error.filename else ""  # noqa: PTH119 - may be bytes or a number
    say(f"[T90] {what}" + (f": {name}" if name else "") + f".\nDo: {do}\nMore: uncounted explain T90")
    return 2


def _our_bug(error: Exception) -> int:
    """Say where it broke without the message, which may quote a person's data."""
    trace, where = error.__traceback__, "unknown place"
    while trace is not None:
        where = f"{os.path.basename(trace.tb_frame.f_code.co_filename)}:{trace.tb_lineno}"  # noqa: PTH119
        trace = trace.tb_next
    say(
        f"[U70] This is a fault of uncounted, not yours: {type(error).__name__} at {where}.\n"
        "Nothing half-written is kept. The message is not shown, since it may hold data of people.\n"
        "Do: run again with `uncounted --debug …` on a machine you trust, and report the place above."
    )
    return 70
