// A program that runs a machine of its own: in a folder of its own, without the vmctl program.
import Glibc
import Logging
import VMCore
import VMManager
import VMSupervisor
import VMTestSupport

// Supervisors are this program again, asked by a hidden verb. It must be the first thing that is looked at.
if SupervisorProcess.isAsked(by: CommandLine.arguments.dropFirst()) { exit(SupervisorProcess.run()) }

let xml = """
    <domain type='qemu'>
      <name>embedded</name>
      <memory unit='MiB'>64</memory>
      <os><type arch='x86_64' machine='pc'>hvm</type></os>
      <devices>
        <disk type='file' device='cdrom'><target dev='sda' bus='sata'/></disk>
      </devices>
    </domain>
    """

/// Defines, starts, watches, asks and ends a machine.
func wholeLife(_ manager: VMManager, medium: String) async throws {
    // What is wrong with a document is an error with a place, not a crash later.
    do {
        _ = try await manager.define(
            xml: xml.replacing("<memory", with: "<memroy").replacing("/memory", with: "/memroy"))
    } catch {
        // Calls throw VMError and nothing else, so that its code can be asked without a cast.
        guard error.code == .invalidXML else { throw error }
        for finding in error.diagnostics { print("refused: \(finding)") }
    }

    let machine = try await manager.define(xml: xml)
    try await machine.start()
    let events = try await machine.events()
    let watcher = Task {
        for await event in events {
            switch event.kind {
            case .lifecycle(let change): print("state: \(change.state.rawValue) (\(change.reason.rawValue))")
            case .trayChange(let alias, let isOpen): print("\(alias) is \(isOpen ? "open" : "closed")")
            case .gap: print("events were lost; ask for the state")
            default: if let qemu = event.qemu { print("event: \(qemu.name)") }
            }
        }
    }

    try await machine.suspend(timeout: .seconds(5))
    try await machine.resume(timeout: .seconds(5))
    let status = try await machine.execute("query-status", timeout: .seconds(1))
    print("QEMU says it is \(status["status"]?.string ?? "?")")
    try await machine.changeMedia("sda", .insert(path: medium))
    try await machine.eject("sda")

    try await frozen(machine)
    try await machine.destroy()
    await watcher.value
    try await machine.undefine()
}

/// A QEMU that doesn't answer costs the one who asks it, and that one no more than the deadline.
func frozen(_ machine: VirtualMachine) async throws {
    guard let qemu = try await machine.status().qemu else { return }
    kill(qemu.pid, SIGSTOP)
    defer { kill(qemu.pid, SIGCONT) }
    do {
        try await machine.execute("query-status", timeout: .milliseconds(200))
    } catch {
        guard error.code == .timeout else { throw error }
        print("late: \(error.message)")
    }
    let question = Task { try await machine.execute("query-status", timeout: .seconds(60)) }
    question.cancel()
    if case .failure = await question.result { print("the question was cancelled") }
}

var template = Array("/tmp/embedding-XXXXXX".utf8CString)
guard mkdtemp(&template) != nil else { fatalError("no folder in /tmp") }
let folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
let medium = folder + "/medium.iso"
try Files.write([UInt8](repeating: 0, count: 4096), to: medium)
print("everything is kept in \(folder)")
// Changes of state and failures are logged to standard error; what else there is, the logger's level decides.
let manager = VMManager(
    paths: UserPaths(root: folder), supervisorExecutable: CommandLine.arguments[0], observers: [LogObserver()])
do {
    try await wholeLife(manager, medium: medium)
} catch {
    print("failed: \(error)")
    // Whatever runs by now would go on without this program.
    _ = try? manager.destroy("embedded")
    exit(1)
}

// Tests have it shorter: a machine that is there for a block, and gone after it whatever happens.
let version = try await withTemporaryVM(xml, paused: true, executable: CommandLine.arguments[0]) { machine in
    try await machine.execute("query-version")["qemu"]?["major"]?.int
}
print("a machine for a moment, of QEMU \(version.map(String.init) ?? "?")")
