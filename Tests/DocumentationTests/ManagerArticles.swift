import Foundation
import Synchronization
import Testing
import VMCore
import VMJSON
import VMManager
import VMTestSupport

// What the articles of VMManager.docc show, each between two markers with its name.

// temporary: begin
/// The version of QEMU that runs a machine, asked of a machine that is there for the question only.
func emulatorVersion(for xml: String) async throws -> String? {
    try await withTemporaryVM(xml, paused: true) { machine in
        try await machine.status().qemuVersion
    }
}
// temporary: end

// life: begin
/// Defines a domain, runs it for a while, and removes it again.
func wholeLife(of xml: String, in manager: VMManager) async throws(VMError) -> PublishedState {
    let machine = try await manager.define(xml: xml)
    try await machine.start()
    try await machine.suspend()
    try await machine.resume()
    let state = try await machine.status()
    try await machine.destroy()
    try await machine.undefine()
    return state
}
// life: end

// watching: begin
/// What happens to a machine until it has ended, one line each.
func diary(of machine: VirtualMachine) async throws(VMError) -> [String] {
    var lines: [String] = []
    for await event in try await machine.events(since: 0) {
        switch event.kind {
        case .defined: lines.append("defined")
        case .lifecycle(let change): lines.append("\(change.state.rawValue) (\(change.reason.rawValue))")
        case .deviceRemoved(let alias): lines.append("\(alias) is gone")
        case .job(let job): lines.append("\(job.operation) \(job.phase)")
        case .gap: lines.append("…")
        default: if let qemu = event.qemu { lines.append("QEMU: \(qemu.name)") }
        }
    }
    return lines
}
// watching: end

// following: begin
/// Reads the events of all machines until one of them crashes.
///
/// - Returns: The machine's name, and the number with which the next call goes on behind that event.
func nextCrash(in manager: VMManager, after number: UInt64?) async throws(VMError) -> (String, UInt64)? {
    for await event in try await manager.events(since: number) {
        guard case .lifecycle(let change) = event.kind else { continue }
        if change.state == .crashed || change.reason == .crashed { return (event.domain, event.number) }
    }
    return nil
}
// following: end

// deadlines: begin
/// Whether a machine's QEMU answers within a second.
func isResponsive(_ machine: VirtualMachine) async throws(VMError) -> Bool {
    do {
        try await machine.execute("query-status", timeout: .seconds(1))
        return true
    } catch {
        // Calls throw VMError and nothing else: its code says what kind of failure it was.
        if error.code == .timeout { return false }
        throw error
    }
}
// deadlines: end

// findings: begin
/// Defines a domain, or tells what is wrong with its document.
func define(_ xml: String, in manager: VMManager) async throws(VMError) -> [String] {
    do {
        _ = try await manager.define(xml: xml)
        return []
    } catch {
        guard error.code == .invalidXML else { throw error }
        return error.diagnostics.map(\.description)
    }
}
// findings: end

// race: begin
/// Suspends a machine unless `limit` passes before; whoever waits is never kept longer.
func suspend(_ machine: VirtualMachine, within limit: Duration) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await machine.suspend(timeout: .seconds(60)) }
        group.addTask {
            try await Task.sleep(for: limit)
            throw CancellationError()
        }
        defer { group.cancelAll() }
        try await group.next()
    }
}
// race: end

// job: begin
/// Saves a machine's state into a file and tells how far it is; `isWanted` may change its mind meanwhile.
func save(
    _ machine: VirtualMachine, to path: String, isWanted: @escaping @Sendable () -> Bool,
    show: @escaping @Sendable (_ fraction: Double) -> Void
) async throws(VMError) {
    try await machine.save(to: path) { job in
        show(job.fraction)
        return !isWanted()
    }
}
// job: end

// observer: begin
/// Keeps how long each call took.
final class Stopwatch: ManagerObserver {
    private let longest = Mutex<[String: Duration]>([:])

    func observe(_ observation: ManagerObservation) {
        guard case .call(let report) = observation else { return }
        longest.withLock { $0[report.operation] = max($0[report.operation] ?? .zero, report.duration) }
    }

    var report: [String: Duration] { longest.withLock { $0 } }
}
// observer: end

@Suite("The articles of VMManager keep their word", .enabled(if: TemporaryQEMU.isThere, "needs qemu-system-x86_64"))
struct ManagerArticles {
    private let catalogue = Catalogue("VMManager")
    private let folder = NSTemporaryDirectory() + "vmctl-articles-\(UInt32.random(in: 0 ... .max))"
    private var manager: VMManager { VMManager(paths: UserPaths(root: folder)) }

    private func xml(_ name: String) throws -> String {
        try #require(try catalogue.blocks("xml", in: "FirstMachine").first)
            .replacingOccurrences(of: "<name>first</name>", with: "<name>\(name)</name>")
    }

    private func remove() { try? FileManager.default.removeItem(atPath: folder) }

    @Test(
        "their examples are the ones that are compiled here",
        arguments: [
            ("temporary", "FirstMachine"), ("life", "FirstMachine"), ("watching", "WatchingEvents"),
            ("following", "WatchingEvents"), ("deadlines", "DeadlinesAndErrors"), ("findings", "DeadlinesAndErrors"),
            ("race", "DeadlinesAndErrors"), ("job", "JobsAndProgress"), ("observer", "LogsAndFigures"),
        ])
    func sameText(_ example: String, _ article: String) throws {
        try catalogue.check(example, of: #filePath, in: article)
    }

    @Test("the example of logs and figures is the one of the embedding package")
    func embedding() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        let source =
            root.deletingLastPathComponent().path + "/examples/embedding/Tests/EmbeddingTests/ObserverTests.swift"
        try catalogue.check("observing", of: source, in: "LogsAndFigures")
    }

    @Test(
        "the tutorial's steps each go on where the one before stopped, and end in the program of the embedding package")
    func tutorial() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        let program = root.deletingLastPathComponent().path + "/examples/embedding/Sources/tutorial/main.swift"
        let whole = try String(contentsOfFile: program, encoding: .utf8)
        let steps = try catalogue.text("Tutorial/YourFirstMachine.tutorial").components(separatedBy: "file: \"")
            .dropFirst()
            .map { try catalogue.text("Tutorial/Code/" + ($0.components(separatedBy: "\"").first ?? "")) }
        #expect(steps.count == 8 && steps.last == whole)
        for (step, next) in zip(steps, steps.dropFirst()) { #expect(next.hasPrefix(step) && next != step) }
    }

    @Test("a first machine")
    func first() async throws {
        defer { remove() }
        let version = try #require(try await emulatorVersion(for: try xml("first")))
        #expect(version.contains("."))
        let state = try await wholeLife(of: try xml("first"), in: manager)
        #expect(state.state == .running && state.reason == .unpaused)
        #expect(try manager.list(.all).isEmpty)
    }

    @Test("the diary of a machine is as the article shows")
    func events() async throws {
        defer { remove() }
        let machine = try await manager.define(xml: try xml("watched"))
        try await machine.start(paused: true)
        async let lines = diary(of: machine)
        try await machine.resume()
        try await machine.suspend()
        try await machine.destroy()
        let text = try await lines.map { $0 + "\n" }.joined()
        #expect(try catalogue.blocks("text", in: "WatchingEvents") == [text], "\(text)")
    }

    @Test("a crash is found, and the token goes on behind it")
    func crash() async throws {
        defer { remove() }
        let machine = try await manager.define(xml: try xml("fragile"))
        for _ in 0..<2 {
            let beginning = try await manager.perform("token") { manager throws(VMError) in
                try EventFollower(manager, since: nil).token
            }
            try await machine.start(paused: true)
            kill(try #require(try await machine.status().qemu?.pid), SIGKILL)
            let found = try #require(try await nextCrash(in: manager, after: beginning))
            #expect(found.0 == "fragile" && found.1 != beginning)
        }
    }

    @Test("a QEMU that hangs is told apart, and holds nobody up")
    func hanging() async throws {
        defer { remove() }
        let machine = try await manager.define(xml: try xml("frozen"))
        try await machine.start()
        #expect(try await isResponsive(machine))
        let pid = try #require(try await machine.status().qemu?.pid)
        kill(pid, SIGSTOP)
        #expect(try await !isResponsive(machine))
        await #expect(throws: (any Error).self) { try await suspend(machine, within: .milliseconds(50)) }
        try await machine.destroy()
        await #expect(throws: VMError.self) { try await isResponsive(machine) }
    }

    @Test("findings are as the article shows")
    func findings() async throws {
        defer { remove() }
        let text = try #require(try catalogue.blocks("xml", in: "DeadlinesAndErrors").first)
        let found = try await define(text, in: manager).map { $0 + "\n" }.joined()
        #expect(try catalogue.blocks("text", in: "DeadlinesAndErrors") == [found], "\(found)")
        #expect(try await define(try xml("good"), in: manager).isEmpty)
    }

    @Test("a machine is saved, with its progress told")
    func job() async throws {
        defer { remove() }
        let machine = try await manager.define(xml: try xml("saved"))
        try await machine.start(paused: true)
        let fractions = Mutex<[Double]>([])
        let path = folder + "/saved.image"
        try await save(machine, to: path, isWanted: { true }) { fraction in fractions.withLock { $0.append(fraction) } }
        #expect(FileManager.default.fileExists(atPath: path))
        #expect(fractions.withLock { $0.allSatisfy { (0...1).contains($0) } })
        #expect(try await machine.status().reason == .saved)
    }

    @Test("an observer is told how long calls take")
    func observer() async throws {
        defer { remove() }
        let stopwatch = Stopwatch()
        let manager = VMManager(paths: UserPaths(root: folder), observers: [stopwatch])
        _ = try await wholeLife(of: try xml("timed"), in: manager)
        #expect(
            Set(stopwatch.report.keys).isSuperset(of: ["define", "start", "suspend", "resume", "destroy", "undefine"]))
    }
}
