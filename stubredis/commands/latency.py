"""LATENCY: what lately took long, and how long each command takes."""

from __future__ import annotations

from stubredis.client import Client
from stubredis.command import ADMIN, LOADING, NOSCRIPT, STALE, Command, container, group
from stubredis.errors import CommandError, printed
from stubredis.latency import Event, graph
from stubredis.protocol.replies import Reply, Verbatim
from stubredis.timing import every_command

command = group("server")
container(
    "LATENCY",
    "server",
    since="2.8.13",
    help_since="2.8.13",
    summary="Look at what took long, and how long commands take",
)

LOOK = ADMIN | NOSCRIPT | LOADING | STALE


def now(client: Client) -> int:
    return client.server.clock.now() // 1000


@command("LATENCY LATEST", LOOK, since="2.8.13")
def latest(client: Client) -> Reply:
    """Return for each event when it last took long, how long, and the longest time."""
    events = client.server.timing.spikes.events
    return [[name, *event.samples[-1], event.longest] for name, event in events.items()]


@command("LATENCY HISTORY event", LOOK, since="2.8.13")
def history(client: Client, event: bytes) -> Reply:
    """Return when an event took long, and how long."""
    found = client.server.timing.spikes.events.get(event)
    return [list(sample) for sample in found.samples] if found else []


@command("LATENCY RESET [event [event ...]]", LOOK, since="2.8.13")
def reset(client: Client, *events: bytes) -> Reply:
    """Forget what took long, of some events or of all, and count these."""
    return client.server.timing.spikes.reset(events)


@command("LATENCY GRAPH event", LOOK, since="2.8.13")
def graph_(client: Client, event: bytes) -> Reply:
    """Draw how long an event took."""
    found = client.server.timing.spikes.events.get(event)
    if found is None:
        raise CommandError(b"ERR No samples available for event '%b'" % printed(event))
    return Verbatim(graph(event, found, now(client)).encode())


@command("LATENCY DOCTOR", LOOK, since="2.8.13")
def doctor(client: Client) -> Reply:
    """Report on what took long, and what may help."""
    spikes = client.server.timing.spikes
    if not spikes.threshold and not spikes.events:
        text = (
            "Latency monitoring is off: nothing is observed until CONFIG SET latency-monitor-threshold <milliseconds>"
            " says what is long.\n"
        )
    elif not spikes.events:
        text = "Nothing has taken long enough to be observed.\n"
    else:
        lines = [
            finding(number, name, event, now(client)) for number, (name, event) in enumerate(spikes.events.items(), 1)
        ]
        text = "\n".join(["These events took long:", "", *lines, "", *advice(client)]) + "\n"
    return Verbatim(text.encode())


def finding(number: int, name: bytes, event: Event, second: int) -> str:
    """Describe the spikes of one event."""
    return (
        f"{number}. {name.decode()}: {len(event.samples)} latency spikes (average {event.mean:.0f}ms, mean deviation"
        f" {event.deviation:.0f}ms, period {event.period(second):.2f} sec). Worst all time event {event.longest}ms."
    )


def advice(client: Client) -> list[str]:
    """Say what may help against the events that took long."""
    config = client.server.config
    threshold = config.latency_monitor_threshold * 1000
    events = client.server.timing.spikes.events
    lines = []
    if events.keys() & {b"command", b"fast-command"}:
        if not 0 <= config.slowlog_log_slower_than <= threshold:
            lines.append(f"- CONFIG SET slowlog-log-slower-than {threshold} lets the slow log show these requests.")
        lines.append("- SLOWLOG GET shows which requests were slow.")
    if b"fast-command" in events:
        lines.append("- Fast commands were slow: the whole process may have stood still, as on a busy machine.")
    if b"expire-cycle" in events:
        lines.append("- Many keys expire at the same moment: give their deadlines a random part.")
    return lines


@command(
    "LATENCY HISTOGRAM [command [command ...]]", LOOK,
    since="7.0.0", complexity="O(N) where N is the number of commands with latency information being retrieved.",
)  # fmt: skip
def histogram(client: Client, *commands: bytes) -> Reply:
    """Return how many calls of each command took no longer than 1, 2, 4 and so on microseconds."""
    server = client.server
    server.timing.bring_up_to_date()
    found = named(client, commands) if commands else every_command(server)
    return {
        each.name.encode(): {
            b"calls": sum(each.latencies.values()),
            b"histogram_usec": dict(each.latencies.cumulative()),
        }
        for each in found
        if each.latencies
    }


def named(client: Client, names: tuple[bytes, ...]) -> list[Command]:
    """Find commands by their names, with all their subcommands, or subcommands as `container|subcommand`."""
    table = client.server.commands
    found = []
    for name in names:
        container_name, bar, subcommand = name.lower().partition(b"|")
        command = table.get(container_name)
        if command is None:
            continue
        if not bar:
            found += [command, *command.subcommands.values()]
        elif subcommand in command.subcommands:
            found.append(command.subcommands[subcommand])
    return found
