import Foundation
import LibvirtWire
import TestBench
import TestNeeds
import Testing
import VMCore
import VMManager

/// What a server, and what comes of it, shows to others.
@Suite(.needs(.qemu), .timeLimit(.minutes(40)))
struct ExposureTests {
    @Test
    func `A password is told only to those who ask for secrets, and may`() throws {
        let bench = try DomainServerBench()
        try bench.bench.define("g", "<graphics type='vnc' autoport='yes' listen='127.0.0.1' passwd='hush-hus'/>")
        let client = try WireClient.opened(bench.socket)
        let domain = try client.call(Remote.domainLookupByName, "g")
        for isRunning in [false, true] {
            if isRunning { _ = try client.call(Remote.domainCreate, domain) }
            #expect(try !client.call(Remote.domainGetXMLDesc, Flagged(domain)).contains("hush"))
            #expect(try client.call(Remote.domainGetXMLDesc, Flagged(domain, flags: 1)).contains("hush-hus"))
            #expect(try client.call(Remote.domainGetXMLDesc, Flagged(domain, flags: 3)).contains("hush-hus"))
        }
        let qemu = try #require(try bench.manager.status("g").qemu)
        for file in ["cmdline", "environ"] {
            let bytes = try Data(contentsOf: URL(fileURLWithPath: "/proc/\(qemu.pid)/\(file)"))
            #expect(!String(decoding: bytes, as: UTF8.self).contains("hush"))
        }
    }

    @Test
    func `What is saved and dumped is its owner's alone`() throws {
        let bench = try DomainServerBench()
        try bench.bench.define("g", "")
        let client = try WireClient.opened(bench.socket)
        let domain = try client.call(Remote.domainLookupByName, "g")
        _ = try client.call(Remote.domainCreate, domain)
        var save = DomainPath()
        save.domain = domain
        save.path = bench.bench.folder + "/g.save"
        _ = try client.call(Remote.domainSave, save)
        var status = stat()
        #expect(lstat(save.path, &status) == 0)
        #expect(status.st_mode & 0o777 == 0o600)
    }

    @Test
    func `A machine inherits no client's connection and no listening socket`() throws {
        let bench = try Bench()
        let server = try ServerProcess(bench.folder)
        let clients = try (0..<5).map { _ in try WireClient.opened(server.socket) }
        let domain = try clients[0].call(Remote.domainDefineXML, ServerBench.document("web"))
        _ = try clients[1].call(Remote.domainCreate, domain)
        let state = try bench.manager.status("web")
        let mine = Self.files(of: server.pid)
        #expect(mine.count { $0.hasPrefix("socket:") } >= 7)
        for pid in [try #require(state.qemu).pid, try #require(state.supervisor).pid] {
            #expect(Self.files(of: pid).filter { mine.contains($0) }.isEmpty)
        }
    }

    /// The sockets that a process has open.
    private static func files(of pid: Int32) -> Set<String> {
        let numbers = (try? Folders.list("/proc/\(pid)/fd")) ?? []
        return Set(
            numbers.compactMap { try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(pid)/fd/\($0)") }
                .filter { $0.hasPrefix("socket:") })
    }

    @Test
    func `Nothing listens but two unix sockets`() throws {
        let bench = try Bench()
        let server = try ServerProcess(bench.folder)
        let sockets = Self.files(of: server.pid).compactMap { $0.split(separator: "[").last?.dropLast() }
        for table in ["tcp", "tcp6", "udp", "udp6"] {
            let text = (try? String(contentsOfFile: "/proc/net/\(table)", encoding: .utf8)) ?? ""
            let inodes = text.split(separator: "\n").compactMap { line in
                let words = line.split(separator: " ")
                return words.count > 9 ? words[9] : nil
            }
            #expect(inodes.filter { inode in sockets.contains { $0 == inode } }.isEmpty, "\(table)")
        }
    }

    @Test
    func `No label is claimed that isn't there`() throws {
        let bench = try ServerBench()
        let domain = try bench.define("web")
        let client = try WireClient.opened(bench.socket)
        _ = try client.call(Remote.domainCreate, domain)
        #expect(try client.call(Remote.domainGetSecurityLabelList, domain).elements.allSatisfy { $0.label.isEmpty })
        #expect(try client.call(Remote.domainGetSecurityLabel, domain).label.isEmpty)
    }

    @Test
    func `Those who look leave nothing behind`() throws {
        let bench = try Bench()
        try bench.define("web")
        try bench.manager.start("web")
        let server = try ServerProcess(bench.folder)
        func look(_ times: Int) throws {
            for _ in 0..<times {
                let client = try WireClient.opened(server.readOnlySocket)
                for domain in try client.call(Remote.connectListAllDomains, ListArguments()).elements {
                    _ = try client.call(Remote.domainGetXMLDesc, Flagged(domain))
                }
                _ = try client.call(Remote.connectGetAllDomainStats, ConnectGetAllDomainStatsArguments())
            }
        }
        try look(100)
        let before = (server.resident, server.descriptors)
        try look(400)
        #expect(server.resident - before.0 < 4096, "\(before.0) KiB, then \(server.resident)")
        try eventually("descriptors are closed") { server.descriptors <= before.1 + 1 }
        #expect(server.threads < 16)
    }
}
