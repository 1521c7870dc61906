import os
import signal
import time

import processes
import services

ENV = {"PATH": os.defpath}


def wait_for(condition):
    until = time.monotonic() + 5
    while not condition() and time.monotonic() < until:
        time.sleep(0.02)
    assert condition()


def test_ends_a_process_with_all_that_it_started(tmp_path):
    started = processes.start(["sh", "-c", "sleep 60 & sleep 60 & wait"], ENV, tmp_path / "log")
    assert processes.alive(started)
    processes.stop([started])
    wait_for(lambda: not processes._group_runs(started["pid"]))


def test_insists_with_a_process_that_does_not_listen(tmp_path):
    started = processes.start(["sh", "-c", "trap '' TERM; while :; do sleep 0.1; done"], ENV, tmp_path / "log")
    time.sleep(0.2)
    processes.stop([started], patience=0.3)
    wait_for(lambda: not processes._group_runs(started["pid"]))


def test_ends_what_a_killed_leader_left(tmp_path):
    started = processes.start(["sh", "-c", "sleep 60 & wait"], ENV, tmp_path / "log")
    time.sleep(0.2)
    os.kill(started["pid"], signal.SIGKILL)
    wait_for(lambda: not processes.alive(started))
    assert processes._group_runs(started["pid"])
    processes.stop([started])
    wait_for(lambda: not processes._group_runs(started["pid"]))


def test_leaves_alone_a_process_that_was_given_the_same_number(tmp_path):
    started = processes.start(["sleep", "60"], ENV, tmp_path / "log")
    other = processes.Process(pid=started["pid"], born="earlier")
    assert not processes.alive(other)
    processes.stop([other], patience=0.2)
    assert processes.alive(started)
    processes.stop([started])


def test_a_stack_that_the_checks_started_is_theirs_and_any_other_is_nobodys(monkeypatch, tmp_path):
    monkeypatch.setattr(services, "SCRATCH", tmp_path)
    running = services.Services({"ports": {"emulator": 1, "inbox": 2, "mails": 3}, "processes": {}})
    for owner in ("/a clone", None):
        if owner:
            monkeypatch.setenv(processes.OWNER, owner)
        else:
            monkeypatch.delenv(processes.OWNER)
        assert {env.get(processes.OWNER) for _, env in services._commands(running).values()} == {owner}
