import Foundation
import MonitorJSON
import SupervisorProtocol
import TestBench
import VMCore
import VMJSON
import VMTestSupport

@testable import VMManager

/// A machine whose supervisor is a script.
struct ScriptedSupervisor {
    let bench: Bench
    let machine: Machine
    let state: PublishedState

    init(_ bench: Bench, protocolVersion: Int?) throws {
        self.bench = bench
        let definition = try bench.define("scripted")
        machine = try bench.manager.find("scripted")
        try machine.runtime.make()
        var state = PublishedState(name: "scripted", uuid: definition.uuid, state: .running, reason: .booted)
        state.id = 7
        state.supervisor = .current
        state.qemu = .current
        state.monitor = machine.runtime.monitor
        state.protocolVersion = protocolVersion
        self.state = state
        try publish(state.json)
        try machine.runtime.link(name: "scripted", id: 7)
        try Files.write(definition.xml, to: machine.runtime.domain, durable: false)
    }

    func publish(_ json: JSONObject) throws {
        try Files.write(Array(json.description.utf8), to: machine.runtime.state, durable: false)
    }

    /// A supervisor that answers every request as `body` says; one script for each client.
    func supervisor(
        clients: Int, _ body: @escaping @Sendable (String, JSONObject) -> JSONValue
    ) throws -> [FakeQEMU] {
        let script: [FakeStep] = FakeStep.opening + [.serve { .value(body($0, $1)) }]
        // The fake takes its scripts one by one.
        let address = MonitorAddress.unix(path: machine.runtime.monitor)
        switch clients {
        case 1: return [try FakeQEMU(script, at: address)]
        case 2: return [try FakeQEMU(script, script, at: address)]
        default: return [try FakeQEMU(script, script, script, at: address)]
        }
    }

    /// The state file and the links are gone before the bench looks for machines to end.
    func remove() { try? FileManager.default.removeItem(atPath: bench.manager.paths.runtime) }
}
