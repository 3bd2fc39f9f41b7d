"""Units of systemd: one template for every process, what each has of its own, the target, the migration, Caddy."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from jejak_tools.deployment import environment
from jejak_tools.deployment.environment import Setting
from jejak_tools.deployment.installation import CADDY, MIGRATE, ON_HOSTS, STOP_SECONDS, Plan, Process, Size

CREDENTIALS: Final = "/etc/jejak/credentials"
PROGRAM: Final = "/opt/jejak/bin/jejak"
_HEAD: Final = "# Written from deploy/environment.toml and deploy/installations.toml by `make contract`.\n"

_BROKER: Final = "/opt/kafka/bin"
_JAVA: Final[Mapping[str, str]] = {
    "ProtectSystem=strict\n": "ProtectSystem=strict\nStateDirectory=kafka\nLogsDirectory=kafka\n",
    "User=jejak\nGroup=jejak": "User=kafka\nGroup=kafka",
    "# The process reads its program and its credentials, writes to memory only, and speaks TCP.\n": "",
    "# Uploads lie in /tmp before they are sealed: in memory, never on a disk.\n": "",
    # Java compiles while it runs, loads libraries that it unpacks into /tmp, and asks the machine for its memory.
    "MemoryDenyWriteExecute=yes\n": "",
    ",noexec": "",
    "ProcSubset=pid\n": "",
}
"""In what a broker differs from a process of ours."""

HARDENED: Final = """\
# The process reads its program and its credentials, writes to memory only, and speaks TCP.
User=jejak
Group=jejak
UMask=0077
NoNewPrivileges=yes
CapabilityBoundingSet=
AmbientCapabilities=
ProtectSystem=strict
ProtectHome=yes
# Uploads lie in /tmp before they are sealed: in memory, never on a disk.
TemporaryFileSystem=/tmp:mode=1777,size=1G,nosuid,nodev,noexec /var/tmp:mode=1777,size=16M,nosuid,nodev,noexec
InaccessiblePaths=-/etc/jejak/credentials
PrivateDevices=yes
PrivateUsers=yes
PrivateIPC=yes
RemoveIPC=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectProc=invisible
ProcSubset=pid
LockPersonality=yes
MemoryDenyWriteExecute=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
SystemCallArchitectures=native
# The inspectors of uploaded files set limits to themselves (@resources, part of @system-service).
SystemCallFilter=@system-service
SystemCallFilter=~@privileged
SystemCallErrorNumber=EPERM
"""

_KAFKA: Final = (
    f"""\
[Unit]
Description=Apache Kafka
Wants=network-online.target
After=network-online.target

[Service]
Type=exec
EnvironmentFile=/etc/kafka/kafka.env
Environment=KAFKA_HEAP_OPTS=-Xmx768m LOG_DIR=/var/log/kafka
ExecStartPre={_BROKER}/kafka-storage.sh format --standalone --ignore-formatted \\
    --cluster-id ${{KAFKA_CLUSTER_ID}} --config /etc/kafka/kafka.properties
ExecStart={_BROKER}/kafka-server-start.sh /etc/kafka/kafka.properties
Restart=on-failure
RestartSec=5
TimeoutStopSec=180
# Java ends so after SIGTERM.
SuccessExitStatus=143
LimitNOFILE=100000
"""
    + environment.fill(HARDENED, _JAVA)
    + """
[Install]
WantedBy=multi-user.target
"""
)
"""Apache's archive in /opt/kafka. Its data folder is formatted once, with the cluster's id of kafka.env."""


def files(plan: Plan) -> dict[str, str]:
    """Path → text, for every size that runs on hosts."""
    return {
        f"deploy/systemd/{name.replace('_', '-')}/{path}": _HEAD + text
        for name in ON_HOSTS
        for path, text in _of_size(plan, plan.sizes[name]).items()
    }


def _of_size(plan: Plan, size: Size) -> dict[str, str]:
    units = {"jejak@.service": _template(plan, size), "jejak-migrate.service": _migration(plan, size)}
    units |= {
        "jejak.env.example": _site(plan, size, [*plan.processes]),
        "caddy.env.example": _site(plan, size, [CADDY]),
    }
    if size.brokers == 1:
        units |= {"kafka.service": _KAFKA, "kafka.properties": _broker(size)}
    units |= {"jejak.target": _target(plan), "caddy.service.d/jejak.conf": _caddy(plan, size)}
    for process in plan.processes.values():
        units[f"jejak@{process.host}.service.d/process.conf"] = _own(plan, size, process)
    return units


def _template(plan: Plan, size: Size) -> str:
    values, secrets = plan.common(size)
    return f"""\
[Unit]
Description=Jejak: %i
PartOf=jejak.target
Wants=network-online.target
After=network-online.target postgresql.service kafka.service jejak-migrate.service

[Service]
Type=exec
ExecStart={PROGRAM} serve %i
Restart=always
RestartSec=2
# A wrong setting stays wrong (EX_CONFIG).
RestartPreventExitStatus=78
TimeoutStopSec={STOP_SECONDS}
# What the site sets goes before what stands here.
{_environment(values)}EnvironmentFile=/etc/jejak/jejak.env
EnvironmentFile=-/etc/jejak/%i.env
{_credentials(secrets, "%i")}LimitNOFILE=65536
TasksMax=256
{HARDENED}
[Install]
WantedBy=jejak.target
"""


def _own(plan: Plan, size: Size, process: Process) -> str:
    """What differs from the template."""
    values, secrets = plan.common(size)
    own = {name: text for name, text in plan.values(size, process).items() if name not in values}
    files = [secret for secret in plan.secrets(size, process.name) if secret not in secrets]
    limits = f"MemoryHigh={process.most * 9 // 10}M\nMemoryMax={process.most}M\n"
    return f"[Service]\n{_environment(own)}{_credentials(files, process.host)}{limits}"


def _migration(plan: Plan, size: Size) -> str:
    secrets = plan.secrets(size, MIGRATE)
    return f"""\
[Unit]
Description=Jejak: the database brought up to date
Wants=network-online.target
After=network-online.target postgresql.service

[Service]
Type=oneshot
ExecStart={PROGRAM} migrate
Environment=JEJAK_ENV=production
{_credentials(secrets, MIGRATE)}{HARDENED}"""


def _site(plan: Plan, size: Size, readers: Sequence[str]) -> str:
    """What the site sets, with examples; a copy of it without `.example` lies in /etc/jejak."""
    own = {name: text for reader in readers for name, text in plan.site(size, reader).items()}
    return "".join(f"\n# {plan.settings[name].meaning}\n{name}={text}\n" for name, text in own.items())


def _target(plan: Plan) -> str:
    units = "".join(f"Wants=jejak@{process.host}.service\n" for process in plan.processes.values())
    return f"""\
[Unit]
Description=Jejak: every process of this host
{units}
[Install]
WantedBy=multi-user.target
"""


def _caddy(plan: Plan, size: Size) -> str:
    """The one address, with Debian's unit of Caddy."""
    return f"""\
[Service]
{_environment(plan.edge(size))}EnvironmentFile=/etc/jejak/caddy.env
ExecStart=
ExecStart=/usr/bin/caddy run --config /etc/jejak/caddy/Caddyfile --adapter caddyfile
# It has no administration to reload by: a change needs a restart.
ExecReload=
"""


def _broker(size: Size) -> str:
    """The properties of a broker that is alone, and its own controller; only this host reaches it."""
    host = size.hosts[0]
    listeners = f"PLAINTEXT://{host}:9092,CONTROLLER://{host}:9093"
    lines = {
        "node.id": 1,
        "process.roles": "broker,controller",
        "controller.quorum.bootstrap.servers": f"{host}:9093",
        "listeners": listeners,
        "advertised.listeners": listeners,
        "controller.listener.names": "CONTROLLER",
        "log.dirs": "/var/lib/kafka/data",
        "auto.create.topics.enable": "false",
        "default.replication.factor": size.brokers,
        "min.insync.replicas": size.in_sync,
        "offsets.topic.replication.factor": size.brokers,
        "transaction.state.log.replication.factor": size.brokers,
        "transaction.state.log.min.isr": size.in_sync,
        "share.coordinator.state.topic.replication.factor": size.brokers,
        "share.coordinator.state.topic.min.isr": size.in_sync,
    }
    return "".join(f"{name}={value}\n" for name, value in lines.items())


def _environment(values: Mapping[str, str]) -> str:
    return "".join(f"Environment={_quoted(f'{name}={text}')}\n" for name, text in values.items())


def _quoted(text: str) -> str:
    """As systemd reads it: a percent sign is doubled, and what holds a blank or a quote stands in quotes."""
    text = text.replace("%", "%%")
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'" if set(text) & set(" \"'\\") else text


def _credentials(secrets: Iterable[Setting], folder: str) -> str:
    return "".join(
        f"LoadCredential={it.name}:{CREDENTIALS}/{folder}/{it.name}\nEnvironment={it.name}_FILE=%d/{it.name}\n"
        for it in secrets
    )
