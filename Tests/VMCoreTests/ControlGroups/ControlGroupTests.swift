import Foundation
import TestNeeds
import Testing

@testable import VMCore

/// Control groups of the kernel's own, of version 1 or 2, whichever is mounted.
@Suite(.needs(.controlGroups))
struct ControlGroupTests {
    private func group() throws -> ControlGroup {
        var host = ControlGroupHost.current()
        // Its own way is tested elsewhere.
        host.hasSystemd = false
        guard case .below(let folders) = ControlGroupPlace.find(host) else {
            throw CocoaError(.featureUnsupported)
        }
        let uuid = UUID(high: .random(in: 0...(.max)), low: 7)
        return ControlGroup(folders: folders).only([.cpu, .cpuset]).inner("vmctl-\(uuid)")
    }

    @Test
    func `A process is started in its group, and what limits it is read again`() throws {
        let group = try group()
        try group.make()
        defer { group.remove() }
        var request = SpawnRequest(executable: "/bin/sleep", arguments: ["60"])
        let entrances = try group.entrances()
        request.controlGroups = entrances.raw
        let process = try SpawnedProcess.spawn(request)
        _ = consume entrances
        let pid = process.identity.pid
        let handle = process.takeHandle()
        defer {
            sendSignal(SIGKILL, to: handle)
            _ = ProcessExit.wait(for: handle, until: .after(.seconds(5)))
        }
        let name = group.folders[.cpu]?.path.split(separator: "/").last.map { "/\($0)" } ?? "?"
        let membership = ControlGroupMembership.of(pid)
        #expect((membership.legacy[.cpu] ?? membership.unified)?.hasSuffix(name) == true)
        let file = group.isUnified(.cpu) == true ? "cpu.weight" : "cpu.shares"
        try group.write("50", to: file, of: .cpu)
        #expect(group.read(file, of: .cpu) == "50")
        #expect { try group.write("nonsense", to: file, of: .cpu) } throws: {
            ($0 as? VMError)?.code == .invalidArgument
        }
        #expect { try group.write("1", to: "cpu.nosuch", of: .cpu) } throws: { ($0 as? VMError)?.code == .unsupported }
        #expect { try group.write("1", to: "io.weight", of: .io) } throws: { ($0 as? VMError)?.code == .unsupported }
        let threads = try group.only([.cpu]).makeThreadGroup("vcpu0")
        try threads.add(thread: pid)
        let now = ControlGroupMembership.of(pid)
        #expect((now.legacy[.cpu] ?? now.unified)?.hasSuffix(name + "/vcpu0") == true)
        #expect(!group.remove(), "a process is in it")
    }

    @Test
    func `A group goes with those inside of it, and making it again is fine`() throws {
        let group = try group()
        try group.make()
        try group.make()
        _ = try group.only([.cpu]).makeThreadGroup("emulator")
        #expect(group.exists)
        #expect(group.remove() && !group.exists)
        #expect(group.remove(), "none is there")
    }
}
