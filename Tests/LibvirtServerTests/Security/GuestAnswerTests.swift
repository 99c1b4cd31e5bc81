import Foundation
import LibvirtWire
import TestBench
import TestNeeds
import Testing
import VMCore
import VMManager

/// Guests that lie, or keep silent: an agent is whatever the guest runs.
@Suite(.needs(.qemu), .timeLimit(.minutes(40)))
struct GuestAnswerTests {
    /// A machine with an agent's channel, at whose socket a program in Python stands: `peer` is the connection, `message` what
    /// it has been asked.
    private func bench(_ answer: String) throws -> (DomainServerBench, Process) {
        let bench = try DomainServerBench()
        try bench.bench.define(
            "g", "<channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>")
        try bench.manager.start("g")
        let xml = try WireClient.opened(bench.socket).xml(of: "g")
        let start = try #require(xml.range(of: "<source mode='bind' path='"))
        let path = String(xml[start.upperBound...].prefix { $0 != "'" })
        try FileManager.default.moveItem(atPath: path, toPath: path + ".qemu")
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
        process.arguments = [
            "-c",
            """
            import json, socket, sys, time
            server = socket.socket(socket.AF_UNIX)
            server.bind(sys.argv[1])
            server.listen(5)
            print("ready", flush=True)
            while True:
                peer, _ = server.accept()
                try:
                    for line in peer.makefile("rb"):
                        message = json.loads(line.lstrip(b"\\xff"))
                        if message["execute"] == "guest-sync-delimited":
                            peer.sendall(b"\\xff" + json.dumps({"return": message["arguments"]["id"]}).encode() + b"\\n")
                        else:
                            \(answer)
                except OSError: pass
            """, path,
        ]
        let pipe = Foundation.Pipe()
        process.standardOutput = pipe
        try process.run()
        _ = pipe.fileHandleForReading.availableData
        return (bench, process)
    }

    private func end(_ process: Process) {
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    @Test(arguments: [
        // No JSON, and without an end for a while.
        #"peer.sendall(b"x" * 50_000_000 + b"\n")"#,
        // JSON of the wrong kind, with numbers that nobody can hold.
        #"peer.sendall(b'{"return": [{"name": -1e999, "hardware-address": 7, "ip-addresses": {"prefix": 99999999999999999999}}]}\n')"#,
        // A list of very many.
        #"peer.sendall(json.dumps({"return": [{"name": "e%d" % n} for n in range(200_000)]}).encode() + b"\n")"#,
        // Very deep.
        #"peer.sendall(b'{"return": ' + b"[" * 100_000 + b"\n")"#,
        // Text that is none, and escapes for a terminal.
        #"peer.sendall(b'{"return": {"host-name": "\xff\xfe\u001b[2J", "id": 1}}\n')"#,
        // The end.
        "peer.close()",
    ])
    func `Whatever an agent says is an answer or an error, and the machine stays its user's`(_ answer: String) throws {
        let (bench, process) = try bench(answer)
        defer { end(process) }
        let client = try WireClient.opened(bench.socket)
        let domain = try client.call(Remote.domainLookupByName, "g")
        var addresses = DomainInterfaceAddressesArguments()
        addresses.domain = domain
        addresses.source = 1
        _ = try client.code(Remote.domainInterfaceAddresses, addresses)
        _ = try client.code(Remote.domainGetHostname, Flagged(domain, flags: 2))
        _ = try client.code(Remote.domainGetFSInfo, Flagged(domain))
        var info = DomainGetGuestInfoArguments()
        info.domain = domain
        _ = try client.code(Remote.domainGetGuestInfo, info)
        #expect(try client.call(Remote.domainIsActive, domain))
        _ = try client.call(Remote.domainDestroy, domain)
    }

    @Test
    func `Many who wait for a silent agent take no threads, and everybody else is served`() throws {
        let (bench, process) = try bench("time.sleep(1000)")
        defer { end(process) }
        let server = try ServerProcess(bench.bench.folder)
        let other = try WireClient.opened(server.socket)
        let domain = try other.call(Remote.domainLookupByName, "g")
        let clients = try (0..<40).map { _ in try WireClient.opened(server.socket) }
        for client in clients {
            try client.begin(Remote.domainGetTime, Flagged(domain))
            try client.begin(Remote.domainGetFSInfo, Flagged(domain))
        }
        for _ in 0..<3 { _ = try other.call(Remote.domainGetXMLDesc, Flagged(domain)) }
        #expect(server.threads < 16)
        _ = try other.call(Remote.domainDestroy, domain)
        withExtendedLifetime(clients) {}
    }

    @Test
    func `An agent that keeps silent holds up nothing but who asked it`() throws {
        let (bench, process) = try bench("time.sleep(1000)")
        defer { end(process) }
        let client = try WireClient.opened(bench.socket)
        let domain = try client.call(Remote.domainLookupByName, "g")
        let asked = try client.begin(Remote.domainGetHostname, Flagged(domain, flags: 2))
        // The same client's other calls, of the same machine, go on; so does its end.
        for _ in 0..<3 { _ = try client.call(Remote.domainGetInfo, domain) }
        _ = try client.call(Remote.domainGetXMLDesc, Flagged(domain))
        _ = try client.call(Remote.domainSuspend, domain)
        _ = try client.call(Remote.domainDestroy, domain)
        // What stands in for QEMU's end of the channel goes as QEMU does.
        end(process)
        #expect(throws: RemoteError.self) { try client.answer(to: asked, String.self) }
    }
}

extension WireClient {
    func xml(of name: String) throws -> String {
        try call(Remote.domainGetXMLDesc, Flagged(call(Remote.domainLookupByName, name)))
    }
}
