import Foundation
import TestBench
import Testing
import VMDomain
import VMJSON

@testable import VMCore
@testable import VMManager

/// Files and sockets of devices that come to a confined QEMU: handed over, or refused in words before anything is tried.
@Suite(
    .serialized, .enabled(if: Bench.hasQEMU && Landlock.version != nil, "needs QEMU and a kernel with Landlock"),
    .timeLimit(.minutes(40)))
struct ArrivingFilesTests {
    private let bench: LiveBench
    private let folder: String

    init() throws {
        bench = try LiveBench()
        folder = bench.bench.folder
        try bench.start("grows", "<controller type='virtio-serial' index='0'/>")
    }

    private func attach(_ xml: String) throws -> Devices {
        _ = try bench.manager.attachDevice("grows", bench.device(xml), scope: .live)
        return try bench.device(xml)
    }

    private func expectRefusal(_ path: String, _ xml: String) throws {
        let before = try bench.run("grows", "query-chardev").array?.count
        let error = #expect(throws: VMError.self) { try attach(xml) }
        let text = error.map { "\($0)" } ?? ""
        #expect(text.contains("'\(path)' can't be opened as ") && text.contains("while the machine runs"), "\(text)")
        #expect(error?.firstRemedy?.text.contains("'config'") == true)
        #expect(try bench.run("grows", "query-chardev").array?.count == before)
    }

    @Test("a socket at a path of the user's is there for clients, and goes with the device and with the machine")
    func socket() throws {
        let path = folder + "/chat.sock"
        let channel =
            "<channel type='unix'><source mode='bind' path='\(path)'/><target type='virtio' name='chat'/></channel>"
        let device = try attach(channel)
        #expect(Socket.isListening(path))
        for _ in 0..<2 { _ = try Socket.connect(to: .unix(path: path), deadline: .after(.seconds(5))).raw }
        #expect(
            try bench.manager.domain("grows").devices.channels.first { $0.target?.name == "chat" }?.backend.source.path
                == path)
        // Somebody else's stays.
        let taken = folder + "/taken.sock"
        let other = try Socket.listen(at: .unix(path: taken))
        #expect(throws: VMError.self) { try attach(channel.replacingOccurrences(of: path, with: taken)) }
        #expect(Socket.isListening(taken))
        _ = try bench.manager.detachDevice("grows", device, scope: .live)
        try eventually("the socket goes with the device") { !Files.exists(path) }
        _ = try attach(channel)
        #expect(Socket.isListening(path))
        try bench.manager.destroy("grows")
        #expect(!Files.exists(path))
        withExtendedLifetime(other.raw) {}
    }

    @Test("what a channel logs goes into a file of the user's")
    func log() throws {
        let log = folder + "/chat.log"
        _ = try attach(
            "<channel type='unix'><source mode='bind'/><log file='\(log)' append='off'/>"
                + "<target type='virtio' name='logged'/></channel>")
        #expect(Files.kind(log) == .file)
    }

    @Test("memory, ROMs and pipes, which QEMU opens by their paths alone")
    func refused() throws {
        let memory = folder + "/pmem.img"
        try expectRefusal(
            memory,
            "<memory model='virtio-pmem' access='shared'><source><path>\(memory)</path></source>"
                + "<target><size unit='MiB'>128</size></target></memory>")
        #expect(!Files.exists(memory))
        let rom = try bench.image("boot.rom", megabytes: 1)
        try expectRefusal(
            rom, "<interface type='user'><model type='virtio'/><rom bar='on' file='\(rom)'/></interface>")
        let pipe = folder + "/line"
        for end in ["in", "out"] { mkfifo("\(pipe).\(end)", 0o600) }
        try expectRefusal(
            pipe, "<channel type='pipe'><source path='\(pipe)'/><target type='virtio' name='line'/></channel>")
        #expect(try bench.manager.status("grows").state == .running)
    }
}
