import Glibc
import MonitorJSON
import Testing
import VMCore
import VMJSON
import VMTestSupport

@Suite("Jobs, bitmaps and exports of block nodes with real QEMU", .enabled(if: TemporaryQEMU.isThere, "needs QEMU"))
struct BlockJobCommandTests {
    private let soon: Deadline = .after(.seconds(60))

    private func machine(_ build: TemporaryQEMU.Build) throws -> TemporaryQEMU {
        try TemporaryQEMU(
            build,
            arguments: [
                "-machine", "none", "-S", "-blockdev", "driver=null-co,node-name=source,size=1048576,read-zeroes=on",
                "-blockdev", "driver=null-co,node-name=target,size=1048576,read-zeroes=on",
            ])
    }

    @Test("A mirror is told, slowed down and ended", arguments: TemporaryQEMU.builds)
    func mirror(build: TemporaryQEMU.Build) throws {
        let qemu = try machine(build)
        let monitor = try qemu.connect()
        try monitor.execute(
            BlockdevMirror(
                jobID: "m", device: "source", target: "target", granularity: 65536, bufferSize: 1 << 20,
                copyMode: "write-blocking", autoDismiss: false), deadline: soon)
        _ = try monitor.waitForEvent("BLOCK_JOB_READY", deadline: soon)
        try monitor.execute(BlockJobSetSpeed("m", speed: 4096), deadline: soon)
        let job = try #require(try monitor.execute(QueryBlockJobs(), deadline: soon).first)
        #expect(job.id == "m" && job.type == "mirror" && job.isReady && job.status == "ready" && job.speed == 4096)
        #expect(job.offset == job.length && job.error == nil)
        try monitor.execute(BlockJobCancel("m"), deadline: soon)
        _ = try monitor.waitForEvent("JOB_STATUS_CHANGE", deadline: soon) {
            $0.as(JobStatusEvent.self).map { $0.id == "m" && $0.status == "concluded" } ?? false
        }
        try monitor.execute(JobControl(.dismiss, "m"), deadline: soon)
        #expect(try monitor.execute(QueryBlockJobs(), deadline: soon).isEmpty)
    }

    @Test("Bitmaps are added, merged and removed, also in a transaction", arguments: TemporaryQEMU.builds)
    func bitmaps(build: TemporaryQEMU.Build) throws {
        let qemu = try machine(build)
        let monitor = try qemu.connect()
        try monitor.execute(
            DirtyBitmap(.add, node: "source", bitmap: "a", granularity: 4096, isDisabled: true), deadline: soon)
        try monitor.execute(DirtyBitmap(.enable, node: "source", bitmap: "a"), deadline: soon)
        try monitor.execute(DirtyBitmap(.disable, node: "source", bitmap: "a"), deadline: soon)
        try monitor.execute(DirtyBitmap(.clear, node: "source", bitmap: "a"), deadline: soon)
        let actions = [
            DirtyBitmap(.add, node: "source", bitmap: "b", granularity: 4096).request(for: nil),
            DirtyBitmapMerge(node: "source", target: "b", sources: [.init(node: "source", bitmap: "a")]).request(
                for: nil),
        ]
        try monitor.execute(Transaction(actions), deadline: soon)
        for bitmap in ["a", "b"] {
            try monitor.execute(DirtyBitmap(.remove, node: "source", bitmap: bitmap), deadline: soon)
        }
        #expect(throws: VMError.self) {
            try monitor.execute(DirtyBitmap(.remove, node: "source", bitmap: "a"), deadline: soon)
        }
    }

    @Test("A node is exported over a socket", arguments: TemporaryQEMU.builds)
    func exports(build: TemporaryQEMU.Build) throws {
        let qemu = try machine(build)
        let monitor = try qemu.connect()
        var template = Array("/tmp/vmctl-nbd-XXXXXX".utf8CString)
        let made = mkdtemp(&template)
        try #require(made != nil)
        let folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        defer {
            unlink(folder + "/nbd")
            rmdir(folder)
        }
        try monitor.execute(NBDServerStart.unix(folder + "/nbd"), deadline: soon)
        try monitor.execute(BlockExportAdd(id: "e", nodeName: "source", exportName: "vda"), deadline: soon)
        #expect(try monitor.execute(QueryBlockExports(), deadline: soon).map(\.nodeName) == ["source"])
        try monitor.execute(BlockExportDel("e", mode: "hard"), deadline: soon)
        _ = try monitor.waitForEvent("BLOCK_EXPORT_DELETED", deadline: soon)
        try monitor.execute(NBDServerStop(), deadline: soon)
        #expect(NBDServerStart.tcp(host: "::1", port: 10809).arguments["addr"]?["data"]?["port"] == "10809")
        #expect(BlockdevSetActive(isActive: false).arguments == ["active": false])
        #expect(BlockdevCreate(jobID: "c", options: ["driver": "qcow2"]).arguments["job-id"] == "c")
        #expect(BlockCommit(jobID: "c", device: "a", masksProtocol: true).arguments["backing-mask-protocol"] == true)
    }
}
