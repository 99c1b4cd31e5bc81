import Foundation
import LibvirtServer
import LibvirtWire
import TestBench
import Testing
import VMCore
import VMManager

/// A server on a socket of its own, for machines without hardware, with libvirt's clients on it.
final class ServerBench: LibvirtClients {
    let bench: Bench
    private let served: Served

    var manager: VMManager { bench.manager }
    var folder: String { bench.folder }

    init(clientLimit: Int? = nil) throws {
        bench = try Bench()
        served = try Served(bench.manager, bench.folder, clientLimit: clientLimit)
    }

    /// Defines a machine without any hardware.
    func define(_ name: String) throws -> DomainReference {
        try bench.define(name)
        let summary = try #require(try manager.list(.all).first { $0.name == name })
        return DomainReference(name: name, uuid: try #require(summary.uuid))
    }
}

/// The same for small machines with the devices that a test gives them.
final class DomainServerBench: LibvirtClients {
    let bench: DomainBench
    private let served: Served

    var manager: VMManager { bench.manager }
    var folder: String { bench.folder }

    init() throws {
        bench = try DomainBench()
        served = try Served(bench.manager, bench.folder)
    }
}

/// The same for machines with devices.
final class LiveServerBench: LibvirtClients {
    let live: LiveBench
    private let served: Served

    var manager: VMManager { live.manager }
    var folder: String { live.bench.folder }

    init() throws {
        live = try LiveBench()
        served = try Served(live.manager, live.bench.folder)
    }
}

/// A server that is there as long as this is.
final class Served {
    private let run: Task<Void, Never>

    init(_ manager: VMManager, _ folder: String, clientLimit: Int? = nil) throws {
        var configuration = LibvirtServer.Configuration()
        if let clientLimit { configuration.clientLimit = clientLimit }
        let server = try LibvirtServer(manager, configuration)
        try server.listen(at: folder + "/sock")
        try server.listen(at: folder + "/sock-ro", isReadOnly: true)
        run = Task(executorPreference: VMManager.executor) { await server.run() }
    }

    deinit { run.cancel() }
}

/// What a client has said and how it has ended.
struct ClientOutcome {
    var status: Int32
    var text: String
}

/// libvirt's clients on a server's sockets.
protocol LibvirtClients {
    var folder: String { get }
}

extension LibvirtClients {
    typealias Outcome = ClientOutcome

    var socket: String { folder + "/sock" }
    var readOnlySocket: String { folder + "/sock-ro" }

    /// Runs virsh as people do.
    @discardableResult
    func virsh(_ words: String..., socket: String? = nil, input: String? = nil) throws -> Outcome {
        try Self.run("/usr/bin/virsh", ["-c", uri(socket ?? self.socket)] + words)
    }

    func uri(_ socket: String) -> String { "qemu:///session?socket=\(socket)" }

    /// Runs a Python program, which finds `libvirt` imported and its connection in `c`.
    func python(_ program: String, socket: String? = nil) throws -> Outcome {
        let start = """
            import libvirt, sys, threading, time
            libvirt.registerErrorHandler(lambda *_: None, None)
            c = libvirt.open(\"\(uri(socket ?? self.socket))\")

            """
        return try Self.run("/usr/bin/python3", ["-c", start + program])
    }

    static func run(_ program: String, _ arguments: [String]) throws -> Outcome {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.environment = ["PATH": "/usr/bin:/bin", "LC_ALL": "C", "HOME": "/nonexistent"]
        let pipe = Foundation.Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return Outcome(status: process.terminationStatus, text: String(decoding: data, as: UTF8.self))
    }

    /// A document as programs write it.
    static func document(_ name: String) -> String {
        "<domain type='qemu'><name>\(name)</name><memory unit='MiB'>64</memory><os><type>hvm</type></os></domain>"
    }

    func file(_ name: String) throws -> String {
        let path = "\(folder)/\(name).xml"
        try Self.document(name).write(toFile: path, atomically: true, encoding: .utf8)
        return path
    }
}
