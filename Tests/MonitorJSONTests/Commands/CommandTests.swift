import Glibc
import MonitorJSON
import Testing
import VMCore
import VMJSON
import VMTestSupport

@Suite("Typed commands with real QEMU", .enabled(if: TemporaryQEMU.isThere, "needs qemu-system-x86_64"))
struct CommandTests {
    private let soon: Deadline = .after(.seconds(30))

    /// A machine that does not run, with one of each kind of device.
    private func machine(_ build: TemporaryQEMU.Build) throws -> TemporaryQEMU {
        try TemporaryQEMU(
            build,
            arguments: [
                "-machine", "q35,accel=tcg", "-m", "64", "-smp", "1,maxcpus=2", "-S", "-uuid",
                "12345678-1234-1234-1234-123456789abc", "-name", "guest=test", "-vnc", "none", "-device",
                "virtio-scsi-pci,id=scsi0", "-blockdev", "driver=null-co,node-name=medium,size=1048576,read-zeroes=on",
                "-device", "scsi-cd,bus=scsi0.0,id=cd0,drive=medium", "-device", "virtio-balloon-pci,id=balloon0",
                "-object", "iothread,id=io0", "-chardev", "pty,id=serial0", "-device",
                "pcie-root-port,id=port0,chassis=1", "-device", "VGA",
            ])
    }

    @Test("The machine's own facts", arguments: TemporaryQEMU.builds)
    func facts(build: TemporaryQEMU.Build) throws {
        let qemu = try machine(build)
        let monitor = try qemu.connect()
        let status = try monitor.execute(QueryStatus(), deadline: soon)
        #expect(status.status == .prelaunch && !status.isRunning)
        #expect(try monitor.execute(QueryVersion(), deadline: soon) == monitor.greeting?.version)
        #expect(try monitor.execute(QueryName(), deadline: soon) == "test")
        #expect(try monitor.execute(QueryUUID(), deadline: soon).description == "12345678-1234-1234-1234-123456789abc")
        #expect(try monitor.execute(QueryTarget(), deadline: soon) == "x86_64")
        #expect(try monitor.execute(QueryKVM(), deadline: soon).isEnabled == false)
        let machines = try monitor.execute(QueryMachines(), deadline: soon)
        #expect(machines.contains { $0.alias == "q35" && $0.cpuMax > 1 })
        #expect(try monitor.execute(QueryIOThreads(), deadline: soon).map(\.id) == ["io0"])
        #expect(try monitor.execute(QueryMemorySize(), deadline: soon).base == 64 << 20)
        #expect(try monitor.execute(QueryMemoryDevices(), deadline: soon).isEmpty)
        #expect(try monitor.execute(QueryMigrate(), deadline: soon).status == nil)
        #expect(try monitor.execute(QueryMigrateCapabilities(), deadline: soon)["events"] == false)
        #expect(try monitor.execute(QueryMigrateParameters(), deadline: soon)["downtime-limit"] == 300)
        #expect(try monitor.execute(QueryDump(), deadline: soon).status == "none")
        #expect(try monitor.execute(QueryJobs(), deadline: soon).isEmpty)
        #expect(try monitor.execute(HumanMonitorCommand("info name"), deadline: soon) == "test\n")
        #expect(
            try monitor.execute(QueryCommandLineOptions(), deadline: soon).contains {
                $0.name == "chardev" && $0.parameters.contains("backend")
            })
    }

    @Test("Processors", arguments: TemporaryQEMU.builds)
    func processors(build: TemporaryQEMU.Build) throws {
        let qemu = try machine(build)
        let monitor = try qemu.connect()
        #expect(try monitor.execute(QueryCPUs(), deadline: soon).map(\.index) == [0])
        let places = try monitor.execute(QueryHotpluggableCPUs(), deadline: soon)
        #expect(places.count == 2 && places.count { $0.path == nil } == 1)
        #expect(try monitor.execute(QueryCPUDefinitions(), deadline: soon).contains { $0.name == "Haswell" })
        let expansion = try monitor.execute(QueryCPUModelExpansion("full", model: "qemu64"), deadline: soon)
        #expect(expansion.properties["sse2"] == true)
    }

    @Test("The tray: open, empty, insert, close, eject", arguments: TemporaryQEMU.builds)
    func tray(build: TemporaryQEMU.Build) throws {
        let qemu = try machine(build)
        let monitor = try qemu.connect()
        let schema = try monitor.execute(QuerySchema(), deadline: soon)
        let cd = MediaDevice(id: "cd0")
        func medium() throws -> QueryBlock.Device? {
            try monitor.execute(QueryBlock(), deadline: soon).first {
                $0.qdev == "cd0" || $0.qdev?.hasSuffix("/cd0") == true
            }
        }
        #expect(try medium()?.medium?.nodeName == "medium")
        #expect(try monitor.execute(QueryNamedBlockNodes(isFlat: true), schema: schema, deadline: soon).count == 1)
        try monitor.execute(OpenTray(cd), schema: schema, deadline: soon)
        let moved = try monitor.waitForEvent("DEVICE_TRAY_MOVED", deadline: soon)
        #expect(moved.as(TrayMovedEvent.self)?.isOpen == true)
        #expect(moved.as(ResetEvent.self) == nil)
        try monitor.execute(RemoveMedium(cd), schema: schema, deadline: soon)
        #expect(try medium()?.medium == nil)
        #expect(try medium()?.isTrayOpen == true)
        try monitor.execute(BlockdevAdd(["driver": "null-co", "node-name": "other", "size": 2048]), deadline: soon)
        try monitor.execute(InsertMedium(cd, nodeName: "other"), schema: schema, deadline: soon)
        try monitor.execute(CloseTray(cd), schema: schema, deadline: soon)
        #expect(try medium()?.medium?.nodeName == "other")
        try monitor.execute(Eject(cd), schema: schema, deadline: soon)
        #expect(try medium()?.medium == nil)
        try monitor.execute(BlockdevDel("other"), deadline: soon)
        #expect(try monitor.execute(QueryBlockStats(), deadline: soon).count == 1)
        let error = #expect(throws: VMError.self) {
            try monitor.execute(Eject(MediaDevice(id: "cd9")), deadline: self.soon)
        }
        #expect(error?.code == .notFound || error?.code == .monitor)
    }

    @Test("Devices, objects, networks and character devices come and go", arguments: TemporaryQEMU.builds)
    func devices(build: TemporaryQEMU.Build) throws {
        let qemu = try machine(build)
        let monitor = try qemu.connect()
        let schema = try monitor.execute(QuerySchema(), deadline: soon)
        try monitor.execute(NetdevAdd(["type": "user", "id": "net0"]), deadline: soon)
        let card: JSONObject = ["driver": "virtio-net-pci", "id": "nic0", "netdev": "net0", "bus": "port0"]
        try monitor.execute(DeviceAdd(card), deadline: soon)
        try monitor.execute(SetLink("nic0", isUp: false), deadline: soon)
        #expect(
            try monitor.execute(QOMList("/machine/peripheral"), deadline: soon).map(\.name).contains("nic0"))
        try monitor.execute(
            ObjectAdd("rng-random", id: "r0", ["filename": "/dev/null"]), schema: schema, deadline: soon)
        #expect(try monitor.execute(QOMGet("/objects/r0", "filename"), deadline: soon) == "/dev/null")
        try monitor.execute(ObjectDel("r0"), deadline: soon)
        #expect(throws: VMError.self) { try monitor.execute(QOMGet("/objects/r0", "filename"), deadline: self.soon) }
        let terminal = try monitor.execute(
            ChardevAdd("c1", backend: ["type": "pty", "data": [:]]), deadline: soon)
        let chardevs = try monitor.execute(QueryChardev(), deadline: soon)
        #expect(chardevs.first { $0.id == "c1" }?.terminal == terminal)
        try monitor.execute(ChardevRemove("c1"), deadline: soon)
        #expect(try monitor.execute(QOMListTypes(implements: "device"), deadline: soon).count > 100)
        #expect(
            try monitor.execute(DeviceListProperties("virtio-net-pci"), deadline: soon).contains { $0.name == "mac" })
        #expect(throws: VMError.self) { try monitor.execute(DeviceDel("nic9"), deadline: self.soon) }
    }

    @Test("Running, pausing, resetting, and the end", arguments: TemporaryQEMU.builds)
    func states(build: TemporaryQEMU.Build) throws {
        let qemu = try machine(build)
        let monitor = try qemu.connect()
        try monitor.execute(Cont(), deadline: soon)
        #expect(try monitor.waitForEvent("RESUME", deadline: soon).plain == .resume)
        try monitor.execute(SetAction(reboot: "reset", shutdown: "poweroff"), deadline: soon)
        try monitor.execute(SystemReset(), deadline: soon)
        #expect(
            try monitor.waitForEvent("RESET", deadline: soon).as(ResetEvent.self)?.reason == "host-qmp-system-reset")
        try monitor.execute(SystemPowerdown(), deadline: soon)
        #expect(try monitor.waitForEvent("POWERDOWN", deadline: soon).plain == .powerdown)
        try monitor.execute(Balloon(size: 32 << 20), deadline: soon)
        #expect(throws: VMError.self) { try monitor.execute(SystemWakeup(), deadline: self.soon) }
        try monitor.execute(SendKey(["shift", "a"]), deadline: soon)
        let motion: JSONObject = ["type": "rel", "data": ["axis": "x", "value": 3]]
        try monitor.execute(InputSendEvent([motion]), deadline: soon)
        try monitor.execute(InjectNMI(), deadline: soon)
        try monitor.execute(Screendump(filename: qemu.folder + "/screen.ppm"), deadline: soon)
        #expect(access(qemu.folder + "/screen.ppm", R_OK) == 0)
        try monitor.execute(Stop(), deadline: soon)
        #expect(try monitor.execute(QueryStatus(), deadline: soon).status == .paused)
        try monitor.execute(DumpGuestMemory(destination: "file:\(qemu.folder)/core"), deadline: soon)
        #expect(try monitor.execute(QueryDump(), deadline: soon).status == "completed")
        try monitor.execute(Migrate(uri: "exec:cat >/dev/null"), deadline: soon)
        var migration = try monitor.execute(QueryMigrate(), deadline: soon)
        while migration.status != "completed", migration.status != "failed", !soon.hasPassed {
            Poll.sleep(.milliseconds(20))
            migration = try monitor.execute(QueryMigrate(), deadline: soon)
        }
        #expect(migration.status == "completed" && (migration.ram?.total ?? 0) > 0)
        try monitor.execute(Quit(), deadline: soon)
        let event = try monitor.waitForEvent("SHUTDOWN", deadline: soon)
        #expect(event.as(ShutdownEvent.self)?.reason == "host-qmp-quit")
    }

    @Test("Jobs: a mirror runs and is cancelled, a snapshot fails with its reason", arguments: TemporaryQEMU.builds)
    func jobs(build: TemporaryQEMU.Build) throws {
        let qemu = try machine(build)
        let monitor = try qemu.connect()
        try monitor.execute(
            BlockdevAdd(["driver": "null-co", "node-name": "target", "size": 1_048_576]), deadline: soon)
        try monitor.execute(BlockdevMirror(jobID: "m", device: "medium", target: "target"), deadline: soon)
        let ready = try monitor.waitForEvent("BLOCK_JOB_READY", deadline: soon)
        #expect(ready.as(BlockJobReadyEvent.self)?.job.device == "m")
        #expect(try monitor.execute(QueryJobs(), deadline: soon).first?.status == "ready")
        try monitor.execute(JobControl(.cancel, "m"), deadline: soon)
        _ = try monitor.waitForEvent("JOB_STATUS_CHANGE", deadline: soon) {
            $0.as(JobStatusEvent.self).map { $0.id == "m" && $0.status == "null" } ?? false
        }
        try monitor.execute(
            Snapshot(.save, jobID: "s", tag: "t", devices: ["medium"], vmstate: "medium"), deadline: soon)
        _ = try monitor.waitForEvent("JOB_STATUS_CHANGE", deadline: soon) {
            $0.as(JobStatusEvent.self).map { $0.id == "s" && $0.status == "concluded" } ?? false
        }
        #expect(try monitor.execute(QueryJobs(), deadline: soon).first?.error != nil)
        try monitor.execute(JobControl(.dismiss, "s"), deadline: soon)
    }

    @Test("Descriptor sets", arguments: TemporaryQEMU.builds)
    func descriptors(build: TemporaryQEMU.Build) throws {
        let qemu = try TemporaryQEMU(build)
        let monitor = try qemu.connect()
        let file = open("/dev/null", O_RDWR)
        defer { close(file) }
        let added = try monitor.execute(AddFD(setID: 7, opaque: "x"), descriptors: [file], deadline: soon)
        let sets = try monitor.execute(QueryFDSets(), deadline: soon)
        #expect(sets.map(\.id) == [7])
        #expect(sets.first?.descriptors.map(\.number) == [added.descriptor])
        #expect(sets.first?.descriptors.map(\.opaque) == ["x"])
        try monitor.execute(RemoveFD(setID: 7, descriptor: added.descriptor), deadline: soon)
        #expect(try monitor.execute(QueryFDSets(), deadline: soon).isEmpty)
        try monitor.execute(GetFD("a"), descriptors: [file], deadline: soon)
        try monitor.execute(CloseFD("a"), deadline: soon)
    }
}
