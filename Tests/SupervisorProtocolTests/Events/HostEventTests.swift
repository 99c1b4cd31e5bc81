import Testing
import VMCore
import VMJSON

@testable import SupervisorProtocol

@Suite("Events and their numbers")
struct HostEventTests {
    private let uuid = UUID(high: 0x1122_3344_5566_4788, low: 0x99aa_bbcc_ddee_ff00)

    private func event(_ kind: HostEvent.Kind) -> HostEvent {
        HostEvent(number: 7, time: 42, domain: "web", uuid: uuid, kind: kind)
    }

    private static let local = HostEvent.GraphicsConnection.Address(family: "ipv4", node: "127.0.0.1", service: "5900")
    private static let remote = HostEvent.GraphicsConnection.Address(family: "ipv6", node: "::1", service: "4711")

    static let kinds: [HostEvent.Kind] = [
        .defined(.added), .defined(.updated), .defined(.renamed(from: "old")), .defined(.fromTrash),
        .undefined(.removed), .undefined(.renamed(to: "new")), .changed(edit: "attach", scope: .live),
        .changed(edit: "memory", scope: .config), .metadataChanged(.title, uri: nil),
        .metadataChanged(.element, uri: "urn:x"), .lifecycle(.init(.running, .booted)),
        .lifecycle(.init(.paused, .ioError, detail: "vda: no space left")),
        .lifecycle(.init(.paused, .user, start: .restored)),
        .lifecycle(.init(.suspendedByGuest, .unknown, isOnDisk: true)),
        .lifecycle(.init(DomainState(rawValue: "dreaming"), StateReason(rawValue: "of sheep"))),
        .shutdown(.init(byGuest: true, reason: "guest-shutdown")), .shutdown(.init(byGuest: nil, reason: nil)),
        .reboot(byGuest: true), .reboot(byGuest: false), .power(.suspended), .power(.suspendedToDisk),
        .power(.wokeUp), .deviceAdded(alias: "net1"), .deviceRemoved(alias: "net1"),
        .diskChange(.init(target: "sda", alias: "ide0-0-0", before: "/a.iso", after: "/b.iso", reason: .media)),
        .diskChange(.init(target: "vda", before: "/a.img", after: nil, reason: .droppedOnStart)),
        .diskChange(.init(target: "sda", before: "/a.iso", after: nil, reason: .missingOnStart)),
        .deviceRemovalFailed(alias: "net1"), .trayChange(alias: "ide0-1-0", isOpen: true),
        .trayChange(alias: "ide0-1-0", isOpen: false), .balloonChange(bytes: 1 << 40),
        .pool(.init(name: "images", uuid: UUID(high: 1, low: 2), change: .refreshed)),
        .memoryDeviceSizeChange(alias: "virtiomem0", bytes: .max), .rtcChange(offset: -3600),
        .watchdog(action: "inject-nmi"),
        .ioError(.init(target: "vda", alias: "virtio-disk0", file: "/a", node: "n", action: "stop", reason: "r")),
        .ioError(.init(action: "report", reason: "")),
        .memoryFailure(.init(recipient: "guest", action: "inject", isActionRequired: true, isRecursive: true)),
        .graphics(.init(phase: .initialize, local: local, remote: remote, scheme: "sasl", saslName: "me")),
        .graphics(.init(phase: .disconnect, local: local, remote: remote, x509Name: "CN=me")),
        .blockJob(.init(id: "copy-vda", type: "mirror", status: .ready)),
        .blockJob(.init(id: "pull-vda", type: "stream", status: .failed, error: "no")),
        .blockThreshold(node: "libvirt-1-format", threshold: 1, excess: 2), .agentLifecycle(isConnected: true),
        .agentLifecycle(isConnected: false), .job(.init(id: "1", operation: "save", phase: "running")),
        .job(.init(id: "1", operation: "dump", phase: "failed", elapsed: 12, error: "full")),
        .helper(program: "swtpm", device: "tpm0", detail: "ended"), .adopted, .supervisor("repaired"),
        .error("does not answer"), .unknown("teleported", ["where": "Mars", "times": 3]),
    ]

    @Test("libvirt's numbers of events")
    func numbers() {
        func numbers(_ kind: HostEvent.Kind) -> [Int32] {
            HostEvent(domain: "d", uuid: nil, kind: kind).libvirtEvents
        }
        #expect(numbers(.deviceAdded(alias: "net1")) == [19])
        #expect(numbers(.deviceRemoved(alias: "net1")) == [15])
        #expect(numbers(.metadataChanged(.title, uri: nil)) == [23])
        #expect(numbers(.trayChange(alias: "ide0-0-0", isOpen: true)) == [10])
        #expect(numbers(.ioError(.init(action: "stop", reason: ""))) == [4, 6])
        let dropped = HostEvent.DiskChange(target: "vda", before: "/a", after: nil, reason: .droppedOnStart)
        #expect(numbers(.diskChange(dropped)) == [9] && dropped.libvirtReason == 1)
        let changed = HostEvent.DiskChange(target: "sda", before: "/a", after: "/b", reason: .media)
        #expect(numbers(.diskChange(changed)).isEmpty)
    }

    @Test("Every kind is read as it was written", arguments: kinds)
    func roundTrip(kind: HostEvent.Kind) throws {
        let text = JSONValue.object(event(kind).record).description
        #expect(HostEvent(record: try JSONParser.parse(text), number: 7) == event(kind), "\(text)")
    }

    @Test("What QEMU sends is kept as it came, with its meaning beside it")
    func qemu() throws {
        let data: JSONValue = ["device": "", "id": "/machine/peripheral/ide0-1-0/x", "tray-open": true]
        let qemu = HostEvent.QEMUEvent(name: "DEVICE_TRAY_MOVED", data: data, context: ["target": "hdc"])
        var first = event(.init(qemu))
        first.qemu = qemu
        first.cut = ["data"]
        #expect(first.kind == .trayChange(alias: "ide0-1-0", isOpen: true))
        #expect(first.members["event"] == "qmp" && first.members["name"] == "DEVICE_TRAY_MOVED")
        #expect(HostEvent(record: .object(first.record), number: 7) == first)
    }

    @Test(
        "QEMU's events and what they mean",
        arguments: [
            (
                "SHUTDOWN", "{'guest':true,'reason':'guest-shutdown'}",
                .shutdown(.init(byGuest: true, reason: "guest-shutdown"))
            ),
            ("RESET", "{'guest':true,'reason':'guest-reset'}", .reboot(byGuest: true)),
            ("RESET", "{'guest':false,'reason':'host-qmp-system-reset'}", .reboot(byGuest: false)),
            ("SUSPEND", "{}", .power(.suspended)), ("SUSPEND_DISK", "{}", .power(.suspendedToDisk)),
            ("WAKEUP", "{}", .power(.wokeUp)),
            ("DEVICE_DELETED", "{'device':'net1','path':'/machine/peripheral/net1'}", .deviceRemoved(alias: "net1")),
            ("DEVICE_UNPLUG_GUEST_ERROR", "{'device':'dimm0','path':'/x'}", .deviceRemovalFailed(alias: "dimm0")),
            (
                "DEVICE_TRAY_MOVED", "{'device':'','id':'ide0-1-0','tray-open':false}",
                .trayChange(alias: "ide0-1-0", isOpen: false)
            ),
            ("BALLOON_CHANGE", "{'actual':1073741824}", .balloonChange(bytes: 1 << 30)),
            (
                "MEMORY_DEVICE_SIZE_CHANGE", "{'size':5,'qom-path':'/machine/peripheral/virtiomem0'}",
                .memoryDeviceSizeChange(alias: "virtiomem0", bytes: 5)
            ),
            ("RTC_CHANGE", "{'offset':-78,'qom-path':'/machine/unattached/device[10]'}", .rtcChange(offset: -78)),
            ("WATCHDOG", "{'action':'reset'}", .watchdog(action: "reset")),
            (
                "BLOCK_IO_ERROR",
                "{'device':'','node-name':'#block1','operation':'write','action':'stop','nospace':true,"
                    + "'reason':'No space left on device','qom-path':'/machine/peripheral/virtio-disk0/virtio-backend'}",
                .ioError(
                    .init(alias: "virtio-disk0", node: "#block1", action: "stop", reason: "No space left on device"))
            ),
            (
                "MEMORY_FAILURE",
                "{'recipient':'guest','action':'reset','flags':{'action-required':true,'recursive':false}}",
                .memoryFailure(.init(recipient: "guest", action: "reset", isActionRequired: true))
            ),
            (
                "BLOCK_WRITE_THRESHOLD", "{'node-name':'n','amount-exceeded':8,'write-threshold':100}",
                .blockThreshold(node: "n", threshold: 100, excess: 8)
            ),
            (
                "BLOCK_JOB_COMPLETED", "{'type':'stream','device':'p','len':1,'offset':1,'speed':0}",
                .blockJob(.init(id: "p", type: "stream", status: .completed))
            ),
            (
                "BLOCK_JOB_COMPLETED", "{'type':'mirror','device':'p','len':1,'offset':1,'speed':0,'error':'no'}",
                .blockJob(.init(id: "p", type: "mirror", status: .failed, error: "no"))
            ),
            (
                "BLOCK_JOB_CANCELLED", "{'type':'backup','device':'p','len':1,'offset':1,'speed':0}",
                .blockJob(.init(id: "p", type: "backup", status: .canceled))
            ),
            (
                "BLOCK_JOB_READY", "{'type':'commit','device':'p','len':1,'offset':1,'speed':0}",
                .blockJob(.init(id: "p", type: "commit", status: .ready))
            ),
            (
                "VNC_CONNECTED",
                "{'server':{'auth':'none','family':'ipv4','service':'5900','host':'127.0.0.1','websocket':false},"
                    + "'client':{'family':'ipv6','service':'4711','host':'::1','websocket':false}}",
                .graphics(.init(phase: .connect, local: local, remote: remote, scheme: "none"))
            ),
            (
                "SPICE_DISCONNECTED",
                "{'server':{'port':'5900','family':'ipv4','host':'127.0.0.1'},"
                    + "'client':{'port':'4711','family':'ipv6','host':'::1'}}",
                .graphics(.init(phase: .disconnect, local: local, remote: remote))
            ),
        ] as [(String, String, HostEvent.Kind)])
    func meanings(name: String, data: String, kind: HostEvent.Kind) throws {
        let data = try JSONParser.parse(data.replacing("'", with: "\""))
        #expect(HostEvent.Kind(HostEvent.QEMUEvent(name: name, data: data)) == kind)
    }

    @Test(
        "An event without a meaning, or without a member that it should have, stays as it is",
        arguments: ["STOP", "RTC_CHANGE", "DEVICE_DELETED", "DEVICE_TRAY_MOVED", "VSERPORT_CHANGE", "BLOCK_IO_ERROR"])
    func plain(name: String) {
        let data: JSONValue = ["offset": "x", "path": "/machine", "id": "channel0", "open": true]
        #expect(HostEvent.Kind(HostEvent.QEMUEvent(name: name, data: data)) == .qmp(name: name, data: data))
    }

    @Test("A virtio-serial port is the agent's if its channel says so")
    func agent() {
        func kind(_ channel: JSONValue) -> HostEvent.Kind {
            .init(
                HostEvent.QEMUEvent(
                    name: "VSERPORT_CHANGE", data: ["id": "channel0", "open": true], context: ["channel": channel]))
        }
        #expect(kind("org.qemu.guest_agent.0") == .agentLifecycle(isConnected: true))
        #expect(kind("com.redhat.spice.0").word == "qmp")
    }

    @Test(
        "libvirt's numbers of the life cycle",
        arguments: [
            (.defined(.added), [(0, 0)]), (.defined(.fromTrash), [(0, 0)]), (.defined(.updated), [(0, 1)]),
            (.defined(.renamed(from: "a")), [(0, 2)]), (.undefined(.removed), [(1, 0)]),
            (.undefined(.renamed(to: "b")), [(1, 1)]), (.lifecycle(.init(.running, .booted)), [(2, 0)]),
            (.lifecycle(.init(.running, .migrated)), [(2, 1)]), (.lifecycle(.init(.running, .restored)), [(2, 2)]),
            (.lifecycle(.init(.running, .eventWakeup)), [(2, 4)]),
            (.lifecycle(.init(.paused, .user, start: .booted)), [(2, 0), (3, 0)]),
            (.lifecycle(.init(.paused, .user, start: .restored)), [(2, 2), (3, 4)]),
            (.lifecycle(.init(.paused, .user)), [(3, 0)]), (.lifecycle(.init(.paused, .saving)), [(3, 0)]),
            (.lifecycle(.init(.paused, .migrating)), [(3, 1)]), (.lifecycle(.init(.paused, .ioError)), [(3, 2)]),
            (.lifecycle(.init(.paused, .watchdog)), [(3, 3)]), (.lifecycle(.init(.paused, .startingUp)), []),
            (.lifecycle(.init(.running, .unpaused)), [(4, 0)]), (.lifecycle(.init(.shutOff, .shutdown)), [(5, 0)]),
            (.lifecycle(.init(.shutOff, .destroyed)), [(5, 1)]), (.lifecycle(.init(.shutOff, .crashed)), [(5, 2)]),
            (.lifecycle(.init(.shutOff, .migrated)), [(5, 3)]), (.lifecycle(.init(.shutOff, .saved)), [(5, 4)]),
            (.lifecycle(.init(.shutOff, .failed)), [(5, 5)]), (.lifecycle(.init(.shutOff, .unknown)), []),
            (.shutdown(.init(byGuest: nil, reason: nil)), [(6, 0)]),
            (.shutdown(.init(byGuest: true, reason: "guest-shutdown")), [(6, 1)]),
            (.shutdown(.init(byGuest: false, reason: "host-ui")), [(6, 2)]),
            (.shutdown(.init(byGuest: false, reason: "host-signal")), []),
            (.lifecycle(.init(.inShutdown, .user)), []),
            (.lifecycle(.init(.suspendedByGuest, .unknown)), [(7, 0)]),
            (.lifecycle(.init(.suspendedByGuest, .unknown, isOnDisk: true)), [(7, 1)]),
            (.lifecycle(.init(.crashed, .panicked)), [(8, 0)]), (.reboot(byGuest: true), []),
        ] as [(HostEvent.Kind, [(Int32, Int32)])])
    func numbers(kind: HostEvent.Kind, expected: [(Int32, Int32)]) {
        #expect(event(kind).libvirtLifecycle == expected.map { HostEvent.LibvirtLifecycle($0.0, $0.1) })
    }

    @Test("libvirt's other numbers")
    func otherNumbers() {
        let jobs = ["stream", "mirror", "commit", "backup", "amend"].map {
            HostEvent.BlockJobChange(id: "", type: $0, status: .ready).libvirtType
        }
        #expect(jobs == [1, 2, 3, 5, 0])
        #expect(
            HostEvent.BlockJobChange.Status.allCases.map {
                HostEvent.BlockJobChange(id: "", type: "", status: $0).libvirtStatus
            } == [0, 1, 2, 3])
        #expect(
            ["ignore", "stop", "report"].map { HostEvent.IOError(action: $0, reason: "").libvirtAction } == [0, 1, 2])
        #expect(
            ["save", "dump", "x"].map { HostEvent.JobChange(id: "", operation: $0, phase: "").libvirtOperation }
                == [2, 8, 0])
    }

    @Test(
        "What is no record is none",
        arguments: [
            "1", "[]", "{}", "{\"time\":1}", "{\"event\":\"state\"}", "{\"time\":1,\"event\":2}",
            "{\"time\":1,\"uuid\":\"x\",\"event\":\"state\"}", "{\"time\":1e99,\"event\":\"state\"}",
        ])
    func damage(text: String) throws {
        #expect(HostEvent(record: try JSONParser.parse(text), number: 1) == nil)
    }

    @Test("A known word with odd members is kept as an unknown one")
    func oddMembers() throws {
        let record: JSONValue = ["time": 1, "event": "state", "state": 5]
        #expect(HostEvent(record: record, number: 1)?.kind == .unknown("state", ["state": 5]))
    }
}
