"""Machines and functions as the CLI lists them, each with the role it runs with.

Read are the outputs of `aws ec2 describe-instances`,
`describe-iam-instance-profile-associations`, and `aws lambda list-functions`, `get-function` and
`get-function-configuration`.
Source: Amazon EC2 API Reference, 2016-11-15; AWS Lambda API Reference, 2015-03-31 (botocore
1.44.8, data/ec2 and data/lambda).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from forthwith.exports.aws_iam.documents import texts
from forthwith.exports.aws_iam.evaluation import Statement, brief
from forthwith.exports.aws_iam.reading import Log, day

_REGION = re.compile(r"[a-z]{2}(?:-[a-z]+)+-\d+")
_PROFILE = re.compile(r"arn:([\w-]+):iam::(\d{12}):instance-profile/(?:\S*/)?([\w+=,.@-]+)")
_ROLE = re.compile(r"arn:[\w-]+:iam::\d{12}:role/\S+")
_FUNCTION = re.compile(r"(arn:[\w-]+:lambda:[\w-]+:(\d{12}):function:[\w-]+)(?::\S+)?")
#: What says something of who is on the machine or what it runs with; the rest is its hardware.
_INSTANCE_TAKEN = frozenset(
    ["InstanceId", "IamInstanceProfile", "Placement", "LaunchTime", "KeyName"]
)
_PLACEMENT = frozenset(
    [
        *("AvailabilityZone", "AvailabilityZoneId", "Affinity", "GroupName", "PartitionNumber"),
        *("HostId", "Tenancy", "SpreadDomain", "HostResourceGroupArn", "GroupId"),
    ]
)
_INSTANCE_LEFT = frozenset(
    [
        *("Architecture", "BlockDeviceMappings", "ClientToken", "EbsOptimized", "EnaSupport"),
        *("Hypervisor", "InstanceLifecycle", "ElasticGpuAssociations", "NetworkInterfaces"),
        *("ElasticInferenceAcceleratorAssociations", "OutpostArn", "RootDeviceName"),
        *("RootDeviceType", "SecurityGroups", "SourceDestCheck", "SpotInstanceRequestId"),
        *("SriovNetSupport", "StateReason", "Tags", "VirtualizationType", "CpuOptions"),
        *("CapacityBlockId", "CapacityReservationId", "CapacityReservationSpecification"),
        *("HibernationOptions", "Licenses", "EnclaveOptions", "BootMode", "PlatformDetails"),
        *("UsageOperation", "UsageOperationUpdateTime", "PrivateDnsNameOptions", "Ipv6Address"),
        *("TpmSupport", "MaintenanceOptions", "CurrentInstanceBootMode", "Operator"),
        *("NetworkPerformanceOptions", "SecondaryInterfaces", "ImageId", "State", "ProductCodes"),
        *("PrivateDnsName", "PublicDnsName", "StateTransitionReason", "AmiLaunchIndex"),
        *("InstanceType", "KernelId", "RamdiskId", "Platform", "Monitoring", "SubnetId", "VpcId"),
        *("PrivateIpAddress", "PublicIpAddress", "MetadataOptions"),
    ]
)
_FUNCTION_TAKEN = frozenset(["FunctionName", "FunctionArn", "Role", "LastModified"])
#: What the function runs and how; `Environment` is told as unread, for secrets may lie in it.
_FUNCTION_LEFT = frozenset(
    [
        *("Runtime", "Handler", "CodeSize", "Description", "Timeout", "MemorySize", "CodeSha256"),
        *("Version", "VpcConfig", "DeadLetterConfig", "KMSKeyArn", "TracingConfig", "MasterArn"),
        *("RevisionId", "State", "StateReason", "StateReasonCode", "LastUpdateStatus"),
        *("LastUpdateStatusReason", "LastUpdateStatusReasonCode", "FileSystemConfigs"),
        *("SigningProfileVersionArn", "SigningJobArn", "PackageType", "ImageConfigResponse"),
        *("Architectures", "EphemeralStorage", "SnapStart", "RuntimeVersionConfig"),
        *("LoggingConfig", "TenancyConfig", "CapacityProviderConfig", "ConfigSha256"),
        *("DurableConfig", "RuntimeConfig", "AcceleratorConfig", "Layers"),
    ]
)


@dataclass(frozen=True, slots=True)
class Machine:
    """One machine or function."""

    #: With `*` for a Region that the listing does not say.
    arn: str
    #: ARN of the role a function runs with; "" for none.
    role: str = ""
    #: Name of the instance profile; "" for none.
    profile: str = ""
    #: YYYY-MM-DD since when the listing is known to hold; "" when it does not say.
    since: str = ""
    #: Name of the SSH key that it was started with; "" for none.
    ssh_key: str = ""


@dataclass(slots=True)
class MachineFiles:
    """What the files of one import list."""

    machines: dict[str, Machine] = field(default_factory=dict)
    #: Instance to profile, from the associations.
    profiles: dict[str, str] = field(default_factory=dict)
    #: ARN of a function to its own policy.
    policies: dict[str, tuple[Statement, ...]] = field(default_factory=dict)

    def instances(self, log: Log, file: str, value: Mapping[str, Any]) -> None:
        """Take `describe-instances`."""
        log.page("Reservations", file, value)
        for reservation in log.objects(file, value, "Reservations"):
            log.strange(
                "Reservations.",
                reservation,
                ["ReservationId", "OwnerId", "RequesterId", "Groups", "Instances"],
            )
            owner = str(reservation.get("OwnerId") or "")
            for entry in log.objects(file, reservation, "Instances"):
                self._instance(log, file, owner, entry)

    def _instance(self, log: Log, file: str, owner: str, entry: Mapping[str, Any]) -> None:
        instance = log.text(file, entry, "InstanceId", "An entry of Instances")
        log.strange(f"{brief(instance)}.", entry, _INSTANCE_TAKEN | _INSTANCE_LEFT)
        place = entry.get("Placement")
        if isinstance(place, dict):
            log.strange(f"{brief(instance)}.Placement.", place, _PLACEMENT)
        zone = str(place.get("AvailabilityZone") or "") if isinstance(place, dict) else ""
        region = _REGION.match(zone)
        profile = self._profile(log, file, entry, instance)
        shape = re.fullmatch(r"\d{12}", owner)
        arn = f"arn:aws:ec2:{region[0] if region else '*'}:{owner}:instance/{instance}"
        if shape is None:
            log.fault(file, f"The reservation of {brief(instance)} has no OwnerId of 12 digits")
            return
        ssh_key = entry.get("KeyName")
        self.machines[arn] = Machine(
            arn,
            "",
            profile,
            day(entry.get("LaunchTime")),
            ssh_key if isinstance(ssh_key, str) else "",
        )

    def _profile(self, log: Log, file: str, entry: Mapping[str, Any], instance: str) -> str:
        given = entry.get("IamInstanceProfile")
        if given is None:
            return ""
        arn = given.get("Arn") if isinstance(given, dict) else None
        shape = _PROFILE.fullmatch(arn) if isinstance(arn, str) else None
        if shape is None:
            log.fault(file, f"The IamInstanceProfile of {brief(instance)} has no ARN of one")
            return ""
        log.strange(f"{brief(instance)}.IamInstanceProfile.", given, ["Arn", "Id"])
        return shape[3]

    def associations(self, log: Log, file: str, value: Mapping[str, Any]) -> None:
        """Take `describe-iam-instance-profile-associations`."""
        key = "IamInstanceProfileAssociations"
        log.page(key, file, value)
        known = ["AssociationId", "InstanceId", "IamInstanceProfile", "State", "Timestamp"]
        for entry in log.objects(file, value, key):
            log.strange(f"{key}.", entry, known)
            instance = log.text(file, entry, "InstanceId", f"An entry of {key}")
            self.profiles[instance] = self._profile(log, file, entry, instance)

    def functions(self, log: Log, file: str, value: Mapping[str, Any]) -> None:
        """Take `list-functions`, and one function as `get-function…` gives it."""
        if "Functions" in value:
            log.page("Functions", file, value)
            entries = log.objects(file, value, "Functions")
        elif "Configuration" in value:
            log.strange("", value, ["Configuration", "Code", "Tags", "Concurrency"])
            given = value["Configuration"]
            entries = [given] if isinstance(given, dict) else []
        else:
            entries = [dict(value)]
        if not entries and "Functions" not in value:
            log.fault(file, "Configuration is no object")
        for entry in entries:
            name = log.text(file, entry, "FunctionArn", "A function")
            log.strange(f"{brief(name)}.", entry, _FUNCTION_TAKEN | _FUNCTION_LEFT)
            shape, role = _FUNCTION.fullmatch(name), entry.get("Role")
            if shape is None or not isinstance(role, str) or not _ROLE.fullmatch(role):
                log.fault(file, f"Function {brief(name)} has no ARN, or no ARN of its role")
                return
            self.machines[shape[1]] = Machine(shape[1], role, "", day(entry.get("LastModified")))

    def function_policy(self, log: Log, file: str, document: Mapping[str, Any]) -> None:
        """Take `aws lambda get-policy`: its Resources name the function."""
        given = document.get("Statement")
        entries = [given] if isinstance(given, dict) else given
        names = {
            shape[1]
            for entry in (entries if isinstance(entries, list) else ())
            for arn in texts(entry.get("Resource") if isinstance(entry, dict) else None) or ()
            if (shape := _FUNCTION.fullmatch(arn))
        }
        if len(names) != 1:
            log.fault(file, "The policy of a function names no function, or several")
            return
        name = min(names)
        source = f"the policy of function {brief(name.rsplit(':', 1)[-1])!r}"
        said = tuple(log.statements(file, document, source, "key"))
        self.policies[name] = (*self.policies.get(name, ()), *said)

    def settle(self, number: str, *, alone: bool) -> tuple[Machine, ...]:
        """Return the machines of an account (`alone`: all), with what associations give."""
        joined = []
        for machine in self.machines.values():
            if alone or f":{number}:" in machine.arn:
                instance = machine.arn.rsplit("/", 1)[-1]
                profile = machine.profile or self.profiles.get(instance, "")
                joined.append(replace(machine, profile=profile))
        return tuple(joined)
