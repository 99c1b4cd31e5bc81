internal import Glibc
internal import VMCore
public import VMManager

/// Runs `body` with a machine that is there only for it.
///
/// The machine is defined and started in a folder of its own, so that nothing of the user's is touched, and is gone when
/// the call returns or throws. Should the whole process be killed, the machine's supervisor sees that and ends it.
/// - Parameters:
///   - xml: the domain's XML.
///   - paused: whether its CPUs wait.
///   - executable: the program for supervisors; nil looks for `vmctl`, see ``VMManager/init(paths:supervisorExecutable:planner:)``.
///   - planner: how the definition becomes a launch plan; nil plans for the domain's emulator.
public func withTemporaryVM<Result: Sendable>(
    _ xml: String, paused: Bool = false, executable: String? = nil, planner: VMManager.PlanMaker? = nil,
    _ body: (VirtualMachine) async throws -> Result
) async throws -> Result {
    let folder = try makeTemporaryFolder()
    defer { removeTree(folder) }
    let manager = VMManager(paths: UserPaths(root: folder), supervisorExecutable: executable, planner: planner)
    let leash = try Pipe()
    let machine = try await manager.define(xml: xml)
    do {
        try await machine.start(paused: paused, leash: leash.reader.raw)
        let result = try await body(machine)
        try await end(machine)
        _ = leash.writer
        return result
    } catch {
        try? await end(machine)
        throw error
    }
}

private func end(_ machine: VirtualMachine) async throws {
    if try await machine.status().state.isActive { try await machine.destroy() }
}

private func makeTemporaryFolder() throws(VMError) -> String {
    var template = Array("/tmp/vmctl-temporary-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw VMError(.io, "cannot make a temporary folder in /tmp") }
    return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
}

/// Removes a folder with everything below it, without following links.
private func removeTree(_ path: String) {
    for name in (try? Folders.list(path)) ?? [] {
        let entry = path + "/" + name
        if unlink(entry) != 0 { removeTree(entry) }
    }
    rmdir(path)
}
