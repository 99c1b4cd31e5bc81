import Testing
import VMCore
import VMJSON

@testable import VMCommands
@testable import VMManager

private typealias Known = (name: String, data: JSONValue, kind: String, detail: String)

private let knownEvents: [Known] = [
    ("RESET", ["guest": true], "reboot", ""),
    ("RTC_CHANGE", ["offset": -7], "rtc-change", ": -7"),
    ("WATCHDOG", ["action": "reset"], "watchdog", ": reset"),
    ("BLOCK_IO_ERROR", ["device": "d", "node-name": "n", "action": "stop"], "io-error", ": (n) d stop"),
    (
        "BLOCK_IO_ERROR", ["device": "", "qom-path": "/p", "node-name": "n", "action": "report"], "io-error",
        ": (n) /p report"
    ),
    ("DEVICE_TRAY_MOVED", ["id": "cd0", "tray-open": true], "tray-change", " disk cd0: opened"),
    ("DEVICE_TRAY_MOVED", ["id": "cd0", "tray-open": false], "tray-change", " disk cd0: closed"),
    ("WAKEUP", [:], "pm-wakeup", ""), ("SUSPEND", [:], "pm-suspend", ""),
    ("SUSPEND_DISK", [:], "pm-suspend-disk", ""),
    ("BALLOON_CHANGE", ["actual": 2_097_152], "balloon-change", ": 2048KiB"),
    ("DEVICE_DELETED", ["device": "net0", "path": "/p"], "device-removed", ": net0"),
    ("DEVICE_UNPLUG_GUEST_ERROR", ["device": "net0"], "device-removal-failed", ": net0"),
    (
        "VSERPORT_CHANGE", ["open": true, "id": "c"], "agent-lifecycle",
        ": state: 'connected' reason: 'channel event'"
    ),
    (
        "VSERPORT_CHANGE", ["open": false, "id": "c"], "agent-lifecycle",
        ": state: 'disconnected' reason: 'channel event'"
    ),
    ("JOB_STATUS_CHANGE", ["status": "concluded", "id": "j"], "job-completed", ": j"),
    ("MEMORY_FAILURE", ["recipient": "guest", "action": "inject"], "memory-failure", ": guest inject"),
    (
        "MEMORY_DEVICE_SIZE_CHANGE", ["id": "m0", "size": 4096], "memory-device-size-change",
        " alias=m0 size=4096"
    ),
]

private let unknownEvents: [(name: String, data: JSONValue)] = [
    ("RESET", ["guest": false]), ("RESET", [:]),
    ("JOB_STATUS_CHANGE", ["status": "running", "id": "j"]),
    ("DEVICE_DELETED", ["path": "/p"]), ("STOP", [:]), ("SHUTDOWN", ["guest": true]), ("SOMETHING_NEW", [:]),
]

@Suite("Events in virsh's words")
struct VirshEventTests {
    private func translated(_ kind: MachineEvent.Kind) -> VirshEvent? {
        let event = MachineEvent(sequence: 1, time: 5, kind: kind)
        return VirshEvent(
            DomainEvent(domain: "vm", uuid: UUID(high: 1, low: 2), content: .event(event), token: .beginning))
    }

    @Test("QEMU's events", arguments: knownEvents)
    fileprivate func known(expected: Known) {
        let event = translated(.qmp(name: expected.name, data: expected.data))
        #expect(event?.kind == expected.kind && event?.detail == expected.detail)
        #expect(VirshEvent.kinds.contains(expected.kind))
    }

    @Test("What virsh has no event for is none", arguments: unknownEvents)
    func unknown(name: String, data: JSONValue) {
        #expect(translated(.qmp(name: name, data: data)) == nil)
        #expect(translated(.supervisor("took over")) == nil)
        #expect(translated(.gap) == nil)
    }

    @Test(
        "States",
        arguments: [
            (DomainState.running, StateReason.booted, "Started Booted"), (.running, .unpaused, "Resumed Unpaused"),
            (.running, .restored, "Started Restored"), (.running, .migrated, "Started Migrated"),
            (.running, .eventWakeup, "Started Event wakeup"), (.paused, .user, "Suspended Paused"),
            (.paused, .ioError, "Suspended I/O Error"), (.paused, .watchdog, "Suspended Watchdog"),
            (.inShutdown, .user, "Shutdown Finished after guest request"), (.shutOff, .shutdown, "Stopped Shutdown"),
            (.shutOff, .destroyed, "Stopped Destroyed"), (.shutOff, .crashed, "Stopped Crashed"),
            (.shutOff, .saved, "Stopped Saved"), (.shutOff, .failed, "Stopped Failed"),
            (.crashed, .panicked, "Crashed Panicked"), (.suspendedByGuest, .unknown, "PMSuspended Memory"),
        ])
    func states(state: DomainState, reason: StateReason, text: String) {
        let event = translated(.state(state, reason))
        #expect(event?.kind == "lifecycle" && event?.detail == ": " + text)
        #expect(event?.json["detail"]?.string == text)
    }

    @Test("The time is virsh's")
    func time() {
        #expect(VirshEvent.timestamp(951_782_400_125_000_000) == "2000-02-29 00:00:00.125+0000")
    }
}
