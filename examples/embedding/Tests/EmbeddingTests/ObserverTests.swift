// What a manager does, in logs and figures, with a real QEMU.
import CoreMetrics
import Foundation
import Logging
import MetricsTestKit
import Synchronization
import Testing
import VMCore
import VMManager
import VMTestSupport

// observing: begin
/// A manager that logs what it does and counts it.
func observedManager(root: String, supervisor: String?, logger: Logger, figures: any MetricsFactory) -> VMManager {
    VMManager(
        paths: UserPaths(root: root), supervisorExecutable: supervisor,
        observers: [LogObserver(logger), MetricsObserver(figures)])
}
// observing: end

/// The program that supervisors are; built before the tests run.
private let program = ProcessInfo.processInfo.environment["VMCTL_PROGRAM"]

private let xml = """
    <domain type='qemu'>
      <name>observed</name>
      <memory unit='MiB'>64</memory>
      <os><type arch='x86_64' machine='pc'>hvm</type></os>
    </domain>
    """

@Suite("What a manager does is logged and counted", .enabled(if: program != nil, "VMCTL_PROGRAM names no vmctl"))
struct ObserverTests {
    @Test("a machine's life in logs and figures")
    func wholeLife() async throws {
        let folder = NSTemporaryDirectory() + "embedding-tests-\(UInt32.random(in: 0 ... .max))"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let lines = Lines()
        var logger = Logger(label: "test") { _ in lines }
        logger.logLevel = .trace
        let figures = TestMetrics()
        let manager = observedManager(root: folder, supervisor: program, logger: logger, figures: figures)

        let machine = try await manager.define(xml: xml)
        try await machine.start(paused: true)
        let events = try await machine.events()
        try await machine.resume()
        try await machine.execute("object-add", ["qom-type": "secret", "id": "s", "data": "hush"])
        _ = try? await machine.execute("query-nothing")
        try await machine.destroy()
        for await _ in events {}
        try await machine.undefine()
        await #expect(throws: VMError.self) { try await manager.machine("observed") }

        let text = lines.text
        for expected in [
            "debug: done domain=observed milliseconds=", " operation=start",
            "info: the state has changed domain=observed",
            "state=running", "state=shut off", "trace: done arguments=", "command=object-add",
            "debug: QEMU sent an event",
            "event=RESUME", "warning: QEMU refused 'query-nothing'", "code=unsupported", "code=no-domain",
        ] {
            #expect(text.contains(expected), "\(expected) is not in\n\(text)")
        }
        #expect(!text.contains("hush"), "a secret is in the log")

        #expect(
            try figures.expectCounter("vmctl_calls_total", [("operation", "start"), ("result", "ok")]).totalValue == 1)
        #expect(
            try figures.expectCounter("vmctl_calls_total", [("operation", "machine"), ("result", "no-domain")])
                .totalValue == 1)
        let refused = [("command", "query-nothing"), ("result", "unsupported")]
        #expect(try figures.expectCounter("vmctl_qmp_commands_total", refused).totalValue == 1)
        let start = try figures.expectTimer("vmctl_call_duration", [("operation", "start")])
        #expect(start.values.count == 1 && start.values[0] > 1_000_000)
        #expect(try figures.expectCounter("vmctl_state_changes_total", [("state", "running")]).totalValue == 1)
        #expect(try figures.expectCounter("vmctl_events_total", [("event", "RESUME")]).totalValue == 1)
    }
}

/// Keeps what is logged.
private final class Lines: LogHandler, Sendable {
    private let lines = Mutex<[String]>([])

    var text: String { lines.withLock { $0.joined(separator: "\n") } }
    var logLevel: Logger.Level {
        get { .trace }
        set {}
    }
    var metadata: Logger.Metadata {
        get { [:] }
        set {}
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { nil }
        set {}
    }

    func log(event: LogEvent) {
        let metadata = (event.metadata ?? [:]).sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined()
        lines.withLock { $0.append("\(event.level): \(event.message)\(metadata)") }
    }
}
