import Foundation
import TestBench
import Testing
import VMCore
import VMManager

/// The server as a process of its own, as people run it.
@Suite(
    "A server's process",
    .enabled(
        if: Bench.hasQEMU && access("/usr/lib/python3/dist-packages/libvirt.py", R_OK) == 0, "needs python3-libvirt"),
    .timeLimit(.minutes(40)))
struct FrozenMachineTests {
    @Test("a socket that it is given is for looking alone when its name says so", arguments: [true, false])
    func inherited(isReadOnly: Bool) throws {
        let bench = try Bench()
        try bench.define("seen")
        let path = bench.folder + "/given"
        let listener = try Socket.listen(at: .unix(path: path))
        let name = isReadOnly ? "virtqemud-ro.socket" : "virtqemud.socket"
        let server = try SpawnedProcess.spawn(
            .init(
                executable: "/bin/sh",
                arguments: [
                    "-c", "LISTEN_PID=$$ LISTEN_FDS=1 LISTEN_FDNAMES=\(name) exec '\(ServerProcess.program)' serve",
                ],
                environment: [("VMCTL_HOME", bench.folder), ("PATH", "/usr/bin:/bin")],
                descriptors: [.init(listener.raw, as: 3)]))
        defer { kill(server.identity.pid, SIGKILL) }
        let outcome = try ServerBench.run(
            "/usr/bin/python3",
            [
                "-c",
                """
                import libvirt
                libvirt.registerErrorHandler(lambda *_: None, None)
                domain = libvirt.open("qemu:///session?socket=\(path)").lookupByName("seen")
                try: print(domain.setAutostart(1))
                except libvirt.libvirtError as error: print(error)
                """,
            ])
        #expect(
            outcome.text
                == (isReadOnly ? "operation forbidden: read only access prevents virDomainSetAutostart\n" : "0\n"))
    }

    @Test("a machine that is frozen holds up none of the others' calls, however many wait for it")
    func frozen() throws {
        let bench = try Bench()
        for name in ["frozen", "fine"] {
            try bench.define(name)
            try bench.manager.start(name)
        }
        let socket = bench.folder + "/sock"
        let server = try SpawnedProcess.spawn(
            .init(
                executable: ServerProcess.program, arguments: ["serve", "--listen", socket],
                environment: [("VMCTL_HOME", bench.folder), ("PATH", "/usr/bin:/bin")]))
        defer { kill(server.identity.pid, SIGKILL) }
        try eventually("the server listens") { Socket.isListening(socket) }
        let qemu = try #require(try bench.manager.status("frozen").qemu)
        kill(qemu.pid, SIGSTOP)
        defer { kill(qemu.pid, SIGCONT) }
        let outcome = try ServerBench.run(
            "/usr/bin/python3",
            [
                "-c",
                """
                import libvirt, libvirt_qemu, threading, time
                libvirt.registerErrorHandler(lambda *_: None, None)
                connections = [libvirt.open("qemu:///session?socket=\(socket)") for _ in range(5)]
                ended = []
                def ask(connection):
                    try: libvirt_qemu.qemuMonitorCommand(connection.lookupByName("frozen"), '{"execute":"query-version"}', 0)
                    except libvirt.libvirtError as error: ended.append(error.get_error_code())
                threads = [threading.Thread(target=ask, args=(each,)) for each in connections]
                for thread in threads: thread.start()
                time.sleep(0.5)
                # Other clients are served meanwhile.
                for connection in [libvirt.open("qemu:///session?socket=\(socket)") for _ in range(3)]:
                    fine = connection.lookupByName("fine")
                    libvirt_qemu.qemuMonitorCommand(fine, '{"execute":"query-status"}', 0)
                    fine.info()
                    connection.getAllDomainStats()
                print(ended)
                for thread in threads: thread.join()
                print(ended == [libvirt.VIR_ERR_OPERATION_TIMEOUT] * 5)
                """,
            ])
        #expect(outcome.text == "[]\nTrue\n")
    }
}
