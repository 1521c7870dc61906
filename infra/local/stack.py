"""The local stack: AWS emulator, mail catcher, this project's template deployed into them, demo data.

    stack.py run | up | down | token LOGIN [CLIENT] | send FILE | watch [LOGIN] | invoke FUNCTION FILE [LOGIN] | logs
    stack.py call LOGIN METHOD PATH [BODY] | mails [TO] | redrive QUEUE | rejected

Everything listens on 127.0.0.1 and belongs to a state directory (`.local`, or `STATE`), so that several stacks live
side by side. `PORT` fixes the ports: that one and the two after it. `ISSUER` and `AUDIENCE` name an OpenID Connect issuer in place of the
stack's own user pool, and `MACHINE_AUDIENCE` the audience that it gives portals' programs, `SIGN_IN` what a sign-in asks of it beside; then there is no demo. `DELIVERIES`, `SANDBOX` and `DAILY_QUOTA` are switches of the mail catcher (catcher.cjs).
"""

import argparse
import fcntl
import os
import signal
import sys
import time
from contextlib import contextmanager

import deployment
import description
import function_logs
import paths
import processes
import services
from api import Api
from progress import StackError, say
from services import Services


@contextmanager
def _alone():
    """One command at a time changes a state directory."""
    paths.STATE.mkdir(parents=True, exist_ok=True)
    with (paths.STATE / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"Waiting for another command that works on {paths.shown(paths.STATE)} …")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _raise_interrupt(number, frame):
    # Once is enough: a second signal must not break off the clearing up.
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, signal.SIG_IGN)
    raise KeyboardInterrupt


def _listen_to_signals() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _raise_interrupt)


def _port() -> int | None:
    text = os.environ.get("PORT")
    if not text:
        return None
    if not text.isdigit() or not 1024 <= int(text) <= 65533:
        raise StackError("PORT must be a number from 1024 to 65533")
    return int(text)


def _running() -> Services | None:
    """The services of this state directory if they all run; ends what a killed run left of them."""
    found = services.recorded()
    if found is None or found.complete():
        return found
    say("Ending what an earlier run left behind")
    _end(found)
    return None


def _end(running: Services) -> None:
    paths.STACK_FILE.unlink(missing_ok=True)
    services.stop(running)
    description.forget()


def _bring_up(foreground: bool, with_demo: bool) -> tuple[Services, bool]:
    """Starts what is missing, deploys and fills; returns the services and whether this call started them."""
    # The demo's logins are made in the stack's own user pool.
    with_demo = with_demo and not os.environ.get("ISSUER")
    running = _running()
    started = running is None
    if running is None:
        description.forget()
        running = services.start(_port(), processes.identify(os.getpid()) if foreground else None)
    elif _port() not in (None, running.record["ports"]["emulator"]):
        raise StackError("the stack is up on other ports: `make down` first")
    try:
        deployment.deploy(running)
        stack = description.describe(running)
        # Up means that requests are answered.
        Api(stack["apiUrl"]).call("GET", "/", expect=(200, 404))
        if with_demo:
            import demo_data

            stack |= demo_data.fill(stack)
        description.write(stack)
    except BaseException:
        if started:
            _keep_logs(running)
            _end(running)
            say(f"The logs are in {paths.shown(paths.LOGS)}")
        raise
    return running, started


def _keep_logs(running: Services) -> None:
    """The functions' logs go with the emulator, and may say why it goes."""
    try:
        with (paths.LOGS / "functions.log").open("w") as out:
            function_logs.show(running, out)
    except Exception as error:
        say(f"No logs of the functions: {error}")


def _still_recorded(running: Services) -> bool:
    """Returns true if the state directory still describes these services, and not none or later ones."""
    found = services.recorded()
    return found is not None and found.processes == running.processes


def run(with_demo: bool) -> None:
    with _alone():
        running, started = _bring_up(foreground=True, with_demo=with_demo)
    try:
        print(description.summary())
        end = "Ctrl-C ends the stack." if started else "The stack was up before: Ctrl-C leaves it up, `make down` ends it."
        print(end, flush=True)
        while all(map(processes.alive, running.processes)):
            time.sleep(0.5)
        with _alone():
            # Nothing to add when `make down` ended the services and took the record away.
            if _still_recorded(running):
                raise StackError(f"a service of the stack ended by itself; see {paths.shown(paths.LOGS)}")
    except KeyboardInterrupt:
        say("")
    finally:
        if started:
            with _alone():
                if _still_recorded(running):
                    _end(running)
            say("The stack is down.")


def up(with_demo: bool) -> None:
    with _alone():
        _bring_up(foreground=False, with_demo=with_demo)
    print(description.summary())
    print("`make down` ends the stack.")


def down() -> None:
    with _alone():
        found = services.recorded()
        if found is None:
            say("The stack is not up.")
        else:
            _end(found)
            say("The stack is down.")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("run", "up"):
        commands.add_parser(name).add_argument("--no-demo", action="store_true", help="leave the table empty")
    commands.add_parser("down")
    token = commands.add_parser("token", help="a token of a demo login, or of the portal's program")
    token.add_argument("login")
    token.add_argument("client", nargs="?", default="")
    commands.add_parser("send").add_argument("file")
    commands.add_parser("watch").add_argument("login", nargs="?", default="")
    commands.add_parser("logs", help="print what the functions logged")
    invoke = commands.add_parser("invoke")
    invoke.add_argument("function")
    invoke.add_argument("file")
    invoke.add_argument("login", nargs="?", default="")
    one_call = commands.add_parser("call", help="one API call; without a login, as the public")
    for name in ("login", "method", "path"):
        one_call.add_argument(name)
    one_call.add_argument("body", nargs="?", default="")
    commands.add_parser("mails").add_argument("to", nargs="?", default="")
    commands.add_parser("redrive").add_argument("queue")
    commands.add_parser("rejected", help="print what was refused, with the reasons")
    given = parser.parse_args()

    _listen_to_signals()
    try:
        match given.command:
            case "run":
                run(with_demo=not given.no_demo)
            case "up":
                up(with_demo=not given.no_demo)
            case "down":
                down()
            case "token":
                import logins

                stack = description.running_stack()
                print(logins.machine_token(stack, given.client) if given.client else logins.id_token_of_anybody(stack, given.login))
            case "send":
                import send

                send.send_file(description.running_stack(), given.file)
            case "logs":
                function_logs.show(services.recorded())
            case "watch":
                import watch

                watch.watch(description.running_stack(), given.login)
            case "invoke":
                import watch

                watch.invoke(given.function, given.file, given.login)
            case "call":
                import call

                call.call(description.running_stack(), given.login, given.method or "GET", given.path, given.body)
            case "mails":
                import inbox

                inbox.show(description.running_stack(), given.to)
            case "redrive":
                import redrive

                redrive.redrive(description.running_stack(), given.queue)
            case "rejected":
                import redrive

                redrive.show_rejected(description.running_stack())
    except StackError as error:
        sys.exit(f"error: {error}")
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
