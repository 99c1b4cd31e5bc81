import Foundation
import QEMULauncher
import SupervisorProtocol
import TestBench
import Testing
import VMCore
import VMDomain
import VMJSON
import VMTestSupport
import VMXML

@testable import VMManager

/// A change of the running machine and of its definition, while somebody else changes the definition: both changes are
/// stored, or the error says which part holds.
@Suite("Changes of both descriptions beside other editors", .timeLimit(.minutes(40)))
struct ConcurrentEditTests {
    private static let mac = "52:54:00:00:00:01"
    private static let devices = """
        <disk type='file' device='disk'><source file='/image'/><target dev='vda' bus='virtio'/></disk>
        <disk type='file' device='cdrom'><target dev='sda' bus='sata'/></disk>
        <interface type='user'><mac address='\(mac)'/></interface><memballoon model='virtio'/>
        """

    private static func body(_ title: String, _ uuid: VMCore.UUID, _ devices: String = devices) -> String {
        "<uuid>\(uuid)</uuid><title>\(title)</title><memory unit='KiB'>65536</memory><vcpu current='1'>4</vcpu><devices>\(devices)</devices>"
    }

    /// Somebody else's definition.
    private static func define(_ title: String, _ uuid: VMCore.UUID, devices: String = devices, _ manager: VMManager) {
        let xml = "<domain type='qemu'><name>scripted</name>\(body(title, uuid, devices))</domain>"
        _ = try? manager.define(Array(xml.utf8), file: "theirs.xml")
    }

    /// One edit, and what is in the stored document when it is made.
    struct Case: CustomTestStringConvertible, Sendable {
        var edit: DomainEdit
        var trace: String
        /// What the supervisor says that it has done.
        var outcome = EditOutcome.done
        var testDescription: String { trace }
    }

    private static func cases() throws -> [Case] {
        var limits = IOTune()
        limits.totalBytesSec = 4711
        let note = try XMLTree.read(Array("<a:note xmlns:a='urn:x'>kept</a:note>".utf8), file: "note")
        let all = try #require(CPUSet(xml: "0"))
        let down = "<interface type='user'><mac address='\(mac)'/><link state='down'/></interface>"
        let card = "<interface type='user'><mac address='52:54:00:00:00:02'/></interface>"
        let new = try DeviceDocument.read(Array(card.utf8), file: "device.xml")
        return [
            Case(edit: .setLink(interface: mac, isUp: false), trace: "<link state='down'/>"),
            Case(
                edit: .update(try DeviceDocument.read(Array(down.utf8), file: "device.xml"), force: false),
                trace: "<link state='down'/>"),
            Case(edit: .setMemory(bytes: 32 << 20), trace: "<currentMemory unit='KiB'>32768</currentMemory>"),
            Case(edit: .setMemoryStatisticsPeriod(seconds: 7), trace: "<stats period='7'/>"),
            Case(edit: .setProcessorCount(2, isMaximum: false), trace: "current='2'"),
            Case(edit: .addIOThread(3), trace: "<iothread id='3'/>"),
            Case(edit: .setLifecycleAction(.crash(.coredumpRestart)), trace: "<on_crash>coredump-restart</on_crash>"),
            Case(edit: .pin(.emulator, all), trace: "<emulatorpin cpuset='0'/>"),
            Case(edit: .setBlockLimits(disk: "vda", limits), trace: "<total_bytes_sec>4711</total_bytes_sec>"),
            Case(edit: .setDescription("ours"), trace: "<description>ours</description>"),
            Case(edit: .setMetadata(note, uri: "urn:x", prefix: "a"), trace: ">kept</a:note>"),
            Case(edit: .attach(new), trace: "52:54:00:00:00:02", outcome: .device(new)),
            Case(
                edit: .detach(.like(try DeviceDocument.read(Array(down.utf8), file: "device.xml"))),
                trace: "<title>theirs</title>"),
        ]
    }

    @Test("what somebody else has stored meanwhile is kept, whatever is edited")
    func both() throws {
        for one in try Self.cases() {
            let scripted = try ScriptedSupervisor(Bench(), protocolVersion: SupervisorProtocolVersion.current)
            let (manager, machine) = (scripted.bench.manager, scripted.machine)
            defer { scripted.remove() }
            try scripted.bench.define("scripted", Self.body("ours first", scripted.machine.uuid))
            let answer = JSONValue.object(["ok": .object(["edited": .object(one.outcome.json)])])
            let fakes = try scripted.supervisor(clients: 1) { command, _ in
                // The machine has been changed by now, and the definition hasn't.
                Self.define("theirs", machine.uuid, manager)
                return command == "x-vmctl-edit" ? answer : ["ok": [:]]
            }
            try manager.apply(one.edit, to: "scripted", scope: .init(persistent: true))
            let stored = try manager.xml("scripted", inactive: true)
            #expect(stored.contains("<title>theirs</title>") && stored.contains(one.trace), "\(one.edit)\n\(stored)")
            #expect(fakes.flatMap { $0.finish() } == [])
        }
    }

    @Test("where the edit can't be stored any more, the error says that the machine was changed, and why")
    func impossible() throws {
        let scripted = try ScriptedSupervisor(Bench(), protocolVersion: SupervisorProtocolVersion.current)
        let (manager, machine) = (scripted.bench.manager, scripted.machine)
        defer { scripted.remove() }
        try scripted.bench.define("scripted", Self.body("with a card", scripted.machine.uuid))
        let fakes = try scripted.supervisor(clients: 1) { _, _ in
            Self.define("without", machine.uuid, devices: "", manager)
            return ["ok": ["edited": [:]]]
        }
        let error = #expect(throws: VMError.self) {
            try manager.setLink("scripted", interface: Self.mac, up: false, scope: .init(persistent: true))
        }
        #expect(
            error?.message
                == "the running machine was changed, but the stored definition of domain 'scripted' was not")
        #expect(error?.cause?.code == .notFound, "\(String(describing: error))")
        #expect(try manager.xml("scripted", inactive: true).contains("<title>without</title>"))
        #expect(fakes.flatMap { $0.finish() } == [])
    }

    @Test("what the definition can't take isn't asked of the machine either")
    func decidedBefore() throws {
        let scripted = try ScriptedSupervisor(Bench(), protocolVersion: SupervisorProtocolVersion.current)
        defer { scripted.remove() }
        try scripted.bench.define("scripted", Self.body("without", scripted.machine.uuid, ""))
        // Nobody would answer.
        #expect(throws: VMError.self) {
            try scripted.bench.manager.setLink(
                "scripted", interface: Self.mac, up: false, scope: .init(persistent: true))
        }
    }
}
