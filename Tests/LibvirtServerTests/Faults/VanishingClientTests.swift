import Foundation
import LibvirtWire
import TestBench
import TestNeeds
import Testing
import VMCore
import VMManager

/// Clients that are gone from one moment to the next.
@Suite(.needs(.qemu), .timeLimit(.minutes(40)))
struct VanishingClientTests {
    private func command(_ domain: DomainReference) -> MonitorCommandArguments {
        MonitorCommandArguments {
            $0.domain = domain
            $0.command = "{\"execute\":\"query-status\"}"
        }
    }

    @Test
    func `A client that goes in the middle of a picture or a console leaves nothing open`() throws {
        let bench = try DomainServerBench()
        try bench.bench.define("g", "<serial type='pty'/><video><model type='vga'/></video>")
        try bench.manager.start("g")
        let server = try ServerProcess(bench.bench.folder)
        let witness = try WireClient.opened(server.socket)
        let domain = try witness.call(Remote.domainLookupByName, "g")
        var screenshot = DomainScreenshotArguments()
        screenshot.domain = domain
        var console = DomainOpenConsoleArguments()
        console.domain = domain
        console.flags = 1
        // Once beforehand, for what is opened once.
        _ = try WireClient.opened(server.socket).call(Remote.domainScreenshot, screenshot)
        _ = try WireClient.opened(server.socket).call(Remote.domainOpenConsole, console)
        Poll.sleep(.milliseconds(200))
        let before = server.descriptors
        for number in 0..<40 {
            let client = try WireClient.opened(server.socket)
            if number % 2 == 0 {
                _ = try client.call(Remote.domainScreenshot, screenshot)
            } else {
                let serial = try client.begin(Remote.domainOpenConsole, console)
                _ = try client.answer(to: serial, Nothing.self)
                try client.send(
                    WireClient.bytes(Remote.domainOpenConsole.id, Array("x".utf8), serial: serial, kind: 3, status: 2))
            }
        }
        try eventually("descriptors are closed") { server.descriptors <= before + 1 }
        #expect(try witness.call(Remote.domainIsActive, domain))
        // The console is free for the next one.
        console.flags = 0
        try eventually("the console is free") {
            try WireClient.opened(server.socket).code(Remote.domainOpenConsole, console) == 0
        }
    }

    @Test
    func `A client that goes while its calls wait for a frozen machine takes no processor's time`() throws {
        let bench = try Bench()
        for name in ["frozen", "fine"] {
            try bench.define(name)
            try bench.manager.start(name)
        }
        let server = try ServerProcess(bench.folder)
        let qemu = try #require(try bench.manager.status("frozen").qemu)
        kill(qemu.pid, SIGSTOP)
        defer { kill(qemu.pid, SIGCONT) }
        do {
            let client = try WireClient.opened(server.socket)
            let domain = try client.call(Remote.domainLookupByName, "frozen")
            for _ in 0..<40 { try client.begin(QEMU.domainMonitorCommand, command(domain)) }
            Poll.sleep(.milliseconds(300))
        }
        func ticks() -> Int {
            let text = (try? String(contentsOfFile: "/proc/\(server.pid)/stat", encoding: .utf8)) ?? ""
            let fields = text.split(separator: ")").last?.split(separator: " ") ?? []
            return fields.count > 13 ? (Int(fields[11]) ?? 0) + (Int(fields[12]) ?? 0) : 0
        }
        let before = ticks()
        Poll.sleep(.seconds(2))
        // A thread that turns in a circle would have had two hundred.
        #expect(ticks() - before < 60)
    }

    @Test
    func `A frozen machine among others: PING is answered, and other calls of the same client go on`() throws {
        let bench = try Bench()
        for name in ["frozen", "fine"] {
            try bench.define(name)
            try bench.manager.start(name)
        }
        let server = try ServerProcess(bench.folder)
        let qemu = try #require(try bench.manager.status("frozen").qemu)
        kill(qemu.pid, SIGSTOP)
        defer { kill(qemu.pid, SIGCONT) }
        let client = try WireClient.opened(server.socket)
        let frozen = try client.call(Remote.domainLookupByName, "frozen")
        let fine = try client.call(Remote.domainLookupByName, "fine")
        let asked = try client.begin(QEMU.domainMonitorCommand, command(frozen))
        for _ in 0..<5 {
            try client.ping()
            let pong = try #require(try client.packet())
            #expect(pong.header.program == .keepalive && pong.header.procedure == 2)
            _ = try client.call(Remote.domainGetInfo, fine)
            _ = try client.call(Remote.domainGetInfo, frozen)
            _ = try client.call(QEMU.domainMonitorCommand, command(fine))
            _ = try client.call(Remote.connectGetAllDomainStats, ConnectGetAllDomainStatsArguments())
        }
        // It is ended though it doesn't answer, and who waits for it is told.
        _ = try client.call(Remote.domainDestroy, frozen)
        // As an error of the call, or as the error in the monitor's own answer.
        do {
            #expect(try client.answer(to: asked, String.self).contains("QEMU has ended"))
        } catch is RemoteError {}
    }
}
