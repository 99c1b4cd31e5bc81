import Testing
import VMCore
import VMJSON
import VMManager

@testable import SupervisorProtocol
@testable import VMCommands

@Suite("Events in virsh's words")
struct VirshEventTests {
    private static let address = HostEvent.GraphicsConnection.Address(
        family: "ipv4", node: "127.0.0.1", service: "5900")

    private func lines(_ kind: HostEvent.Kind) -> [String] {
        VirshEvent.all(of: HostEvent(domain: "d", uuid: nil, kind: kind)).map { "\($0.kind)\($0.detail)" }
    }

    @Test(
        "Every kind that virsh has",
        arguments: [
            (.reboot(byGuest: false), ["reboot"]), (.rtcChange(offset: -5), ["rtc-change: -5"]),
            (.watchdog(action: "inject-nmi"), ["watchdog: inject-nmi"]),
            (
                .ioError(.init(alias: "virtio-disk0", file: "/a.img", action: "stop", reason: "enospc")),
                ["io-error: /a.img (virtio-disk0) pause", "io-error-reason: /a.img (virtio-disk0) pause due to enospc"]
            ),
            (
                .graphics(.init(phase: .connect, local: address, remote: address, scheme: "none", saslName: "me")),
                ["graphics: connect local[IPv4 127.0.0.1 5900] remote[IPv4 127.0.0.1 5900] none\n\tsaslUsername=me"]
            ),
            (.error("x"), ["control-error"]),
            (
                .blockJob(.init(id: "vda", type: "mirror", status: .ready)),
                ["block-job: Block Copy for vda ready", "block-job-2: Block Copy for vda ready"]
            ),
            (.trayChange(alias: "ide0-1-0", isOpen: true), ["tray-change disk ide0-1-0: opened"]),
            (.trayChange(alias: "ide0-1-0", isOpen: false), ["tray-change disk ide0-1-0: closed"]),
            (
                .diskChange(.init(target: "sda", alias: "ide0-0-0", before: "/a", after: "/b", reason: .media)),
                ["disk-change disk ide0-0-0: /a -> /b: changed"]
            ),
            (
                .diskChange(.init(target: "vda", before: "/a", after: nil, reason: .droppedOnStart)),
                ["disk-change disk vda: /a -> <null>: dropped"]
            ),
            (.power(.wokeUp), ["pm-wakeup"]), (.power(.suspended), ["pm-suspend"]),
            (.power(.suspendedToDisk), ["pm-suspend-disk"]),
            (.balloonChange(bytes: 1 << 20), ["balloon-change: 1024KiB"]),
            (.deviceAdded(alias: "net1"), ["device-added: net1"]),
            (.deviceRemoved(alias: "net1"), ["device-removed: net1"]),
            (.deviceRemovalFailed(alias: "net1"), ["device-removal-failed: net1"]),
            (
                .agentLifecycle(isConnected: false),
                ["agent-lifecycle: state: 'disconnected' reason: 'channel event'"]
            ),
            (.job(.init(id: "1", operation: "save", phase: "running")), []),
            (
                .job(.init(id: "1", operation: "dump", phase: "failed", elapsed: 7, error: "full")),
                ["job-completed:\n\toperation: 8\n\ttime_elapsed: 7\n\terrmsg: full"]
            ),
            (.metadataChanged(.description, uri: nil), ["metadata-change: type description, uri <null>"]),
            (.metadataChanged(.element, uri: "urn:x"), ["metadata-change: type element, uri urn:x"]),
            (.blockThreshold(node: "n", threshold: 5, excess: 1), ["block-threshold: dev: n(<null>) 5 1"]),
            (
                .memoryFailure(.init(recipient: "guest", action: "reset", isActionRequired: true)),
                ["memory-failure:\nrecipient: guest\naction: reset\nflags:\n\taction required: 1\n\trecursive: 0"]
            ),
            (
                .memoryDeviceSizeChange(alias: "virtiomem0", bytes: 9),
                ["memory-device-size-change:\nalias: virtiomem0\nsize: 9"]
            ),
            (.changed(edit: "attach", scope: .live), []), (.supervisor("x"), []), (.adopted, []), (.gap, []),
            (.qmp(name: "STOP", data: [:]), []),
        ] as [(HostEvent.Kind, [String])])
    func texts(kind: HostEvent.Kind, expected: [String]) {
        #expect(lines(kind) == expected)
        for line in expected { #expect(VirshEvent.kinds.contains { line.hasPrefix($0) }) }
    }

    @Test(
        "Life-cycle events by libvirt's numbers",
        arguments: [
            ([0, 2], "Defined Renamed"), ([1, 0], "Undefined Removed"), ([2, 4], "Started Event wakeup"),
            ([3, 2], "Suspended I/O Error"), ([3, 8], "Suspended Post-copy Error"), ([4, 0], "Resumed Unpaused"),
            ([5, 6], "Stopped Snapshot"), ([6, 2], "Shutdown Finished after host request"),
            ([7, 1], "PMSuspended Disk"), ([8, 0], "Crashed Panicked"), ([8, 9], "Crashed unknown"),
            ([9, 0], "unknown unknown"), ([-1, 0], "unknown unknown"), ([0, -1], "Defined unknown"),
        ] as [([Int32], String)])
    func lifecycle(numbers: [Int32], text: String) {
        #expect(VirshEvent.text(HostEvent.LibvirtLifecycle(numbers[0], numbers[1])) == text)
    }

    @Test("The time is virsh's")
    func time() {
        #expect(VirshEvent.timestamp(951_782_400_125_000_000) == "2000-02-29 00:00:00.125+0000")
    }
}
