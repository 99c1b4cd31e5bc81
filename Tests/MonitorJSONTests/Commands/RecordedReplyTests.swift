import Testing
import VMCore
import VMJSON

@testable import MonitorJSON

/// Answers as QEMU gives them, each figure another number, so that none can stand for another.
@Suite("Recorded answers, figure by figure")
struct RecordedReplyTests {
    private func decoded<C: QMPCommand>(_ command: C.Type, _ text: String) throws -> C.Reply {
        try C.decode(try JSONParser.parse(text))
    }

    @Test("query-blockstats")
    func blockStatistics() throws {
        let text = """
            [{"device": "drive0", "node-name": "disk", "qdev": "/machine/peripheral/virtio-disk0/virtio-backend",
              "stats": {"unmap_operations": 90, "flush_total_time_ns": 8, "wr_highest_offset": 9, "wr_total_time_ns": 6,
              "failed_wr_operations": 91, "timed_stats": [], "rd_total_time_ns": 3, "flush_operations": 7,
              "wr_operations": 5, "rd_merged": 92, "rd_bytes": 1, "wr_bytes": 4, "rd_operations": 2}},
             {"stats": {"rd_bytes": 0, "rd_operations": 0, "rd_total_time_ns": 0, "wr_bytes": 0, "wr_operations": 0,
              "wr_total_time_ns": 0, "flush_operations": 0, "flush_total_time_ns": 0}}]
            """
        let counters = try decoded(QueryBlockStats.self, text)
        #expect(
            counters[0]
                == QueryBlockStats.Counters(
                    device: "drive0", nodeName: "disk", qdev: "/machine/peripheral/virtio-disk0/virtio-backend",
                    readBytes: 1, readOperations: 2, readTime: 3, writtenBytes: 4, writeOperations: 5, writeTime: 6,
                    flushOperations: 7, flushTime: 8, highestOffset: 9))
        #expect(counters[1].qdev == nil && counters[1].highestOffset == nil)
    }

    @Test("query-block: what the guest sees, what the image takes, what became of the disk")
    func block() throws {
        let text = """
            [{"device": "", "qdev": "/machine/peripheral/ide0-0-0", "removable": false, "locked": false,
              "io-status": "nospace", "type": "unknown", "inserted": {"node-name": "libvirt-1-format", "drv": "qcow2",
              "ro": true, "file": "/a.qcow2", "backing_file": "/base.qcow2", "backing_file_depth": 1,
              "image": {"filename": "/a.qcow2", "format": "qcow2", "virtual-size": 1073741824, "actual-size": 200704}}},
             {"device": "cd", "removable": true, "locked": true, "tray_open": true, "type": "unknown"}]
            """
        let devices = try decoded(QueryBlock.self, text)
        let medium = try #require(devices[0].medium)
        #expect(medium.virtualSize == 1_073_741_824 && medium.actualSize == 200_704)
        #expect(medium.nodeName == "libvirt-1-format" && medium.driver == "qcow2" && medium.file == "/a.qcow2")
        #expect(medium.isReadOnly && medium.backingFile == "/base.qcow2")
        #expect(devices[0].ioStatus == "nospace" && devices[0].isTrayOpen == nil && !devices[0].isRemovable)
        #expect(devices[1].medium == nil && devices[1].isTrayOpen == true)
        #expect(devices[1].isRemovable && devices[1].isLocked && devices[1].device == "cd")
    }

    @Test("query-migrate")
    func migration() throws {
        let text = """
            {"status": "active", "total-time": 1, "expected-downtime": 2, "downtime": 3, "setup-time": 90,
             "error-desc": "broken", "blocked-reasons": ["a", "b"], "ram": {"transferred": 4, "remaining": 5, "total": 6,
             "dirty-sync-count": 7, "duplicate": 91, "normal": 92, "mbps": 93.5}}
            """
        let reply = try decoded(QueryMigrate.self, text)
        #expect(reply.status == "active" && reply.error == "broken" && reply.blockedReasons == ["a", "b"])
        #expect(reply.totalTime == 1 && reply.expectedDowntime == 2 && reply.downtime == 3)
        #expect(reply.ram == .init(transferred: 4, remaining: 5, total: 6, dirtySyncCount: 7))
        #expect(try decoded(QueryMigrate.self, "{}").ram == nil)
    }

    @Test("query-jobs, query-dump, query-balloon, query-memory-size-summary")
    func progress() throws {
        let jobs = try decoded(
            QueryJobs.self,
            """
            [{"id": "j", "type": "mirror", "status": "ready", "current-progress": 1, "total-progress": 2, "error": "e"}]
            """)
        #expect(jobs == [.init(id: "j", type: "mirror", status: "ready", progress: 1, total: 2, error: "e")])
        let dump = try decoded(QueryDump.self, #"{"status": "active", "completed": 1, "total": 2}"#)
        #expect(dump == .init(status: "active", completed: 1, total: 2))
        #expect(try decoded(QueryBalloon.self, #"{"actual": 18446744073709551615}"#) == .max)
        let memory = try decoded(QueryMemorySize.self, #"{"base-memory": 1, "plugged-memory": 2}"#)
        #expect(memory == .init(base: 1, plugged: 2))
        #expect(try decoded(QueryMemorySize.self, #"{"base-memory": 1}"#).plugged == nil)
    }

    @Test("Processors, by the new names and by those before 2.12")
    func processors() throws {
        let new = try decoded(
            QueryCPUs.self,
            #"[{"cpu-index": 1, "thread-id": 2, "qom-path": "/p", "props": {"core-id": 3}, "target": "x86_64"}]"#)
        #expect(new == [.init(index: 1, threadID: 2, path: "/p", properties: ["core-id": 3])])
        let old = try decoded(
            QueryCPUs.self, #"[{"CPU": 1, "thread_id": 2, "qom_path": "/p", "current": true, "halted": false}]"#)
        #expect(old == [.init(index: 1, threadID: 2, path: "/p", properties: [:])])
        let places = try decoded(
            QueryHotpluggableCPUs.self,
            #"[{"type": "t", "vcpus-count": 1, "props": {"core-id": 1}}, {"type": "t", "vcpus-count": 1, "qom-path": "/p"}]"#
        )
        #expect(places.map(\.path) == [nil, "/p"] && places[0].properties == ["core-id": 1])
    }

    @Test("I/O threads and machines")
    func machines() throws {
        let threads = try decoded(
            QueryIOThreads.self, #"[{"id": "iothread1", "thread-id": 7, "poll-max-ns": 32768, "poll-grow": 1}]"#)
        #expect(threads == [.init(id: "iothread1", threadID: 7, pollMax: 32768)])
        let machines = try decoded(
            QueryMachines.self,
            """
            [{"name": "pc-q35-7.2", "alias": "q35", "cpu-max": 288, "hotpluggable-cpus": true, "deprecated": false,
              "numa-mem-supported": true, "default-cpu-type": "qemu64-x86_64-cpu", "default-ram-id": "pc.ram"},
             {"name": "none", "cpu-max": 1, "is-default": true, "deprecated": true}]
            """)
        #expect(machines[0].alias == "q35" && machines[0].cpuMax == 288 && machines[0].canHotplugCPUs)
        #expect(machines[0].acceptsNUMA && machines[0].defaultRAMID == "pc.ram" && !machines[0].isDefault)
        #expect(machines[1].isDefault && machines[1].isDeprecated && !machines[1].canHotplugCPUs)
    }

    @Test("What the guest agent says")
    func agent() throws {
        let info = try decoded(
            GuestInfo.self,
            """
            {"version": "7.2.0", "supported_commands": [{"name": "guest-ping", "enabled": true},
             {"name": "guest-exec", "enabled": false}, {"name": "guest-file-open"}]}
            """)
        #expect(info == .init(version: "7.2.0", commands: ["guest-ping"]))
        let users = try decoded(GuestGetUsers.self, #"[{"user": "u", "login-time": 1.5, "domain": "d"}]"#)
        #expect(users == [.init(name: "u", domain: "d", loginTime: 1.5)])
        let systems = try decoded(
            GuestGetFSInfo.self,
            """
            [{"name": "vda1", "mountpoint": "/", "type": "ext4", "used-bytes": 1, "total-bytes": 2,
              "disk": [{"dev": "/dev/vda"}, {"serial": "x"}]}]
            """)
        #expect(
            systems
                == [
                    .init(
                        name: "vda1", mountPoint: "/", type: "ext4", usedBytes: 1, totalBytes: 2, devices: ["/dev/vda"])
                ])
        let processors = try decoded(
            GuestGetVCPUs.self,
            #"[{"logical-id": 1, "online": true, "can-offline": false}, {"logical-id": 2, "online": false}]"#)
        #expect(processors[0] == .init(number: 1, isOnline: true, canBeOffline: false))
        #expect(processors[1] == .init(number: 2, isOnline: false, canBeOffline: false))
        let trimmed = try decoded(
            GuestFSTrim.self,
            #"{"paths": [{"path": "/", "trimmed": 4096, "minimum": 0}, {"path": "/b", "error": "e"}]}"#)
        #expect(trimmed == [.init(path: "/", bytes: 4096, error: nil), .init(path: "/b", bytes: nil, error: "e")])
        #expect(try decoded(GuestFSTrim.self, "{}").isEmpty)
        let zone = try decoded(GuestGetTimezone.self, #"{"zone": "CET", "offset": 3600}"#)
        #expect(zone == .init(zone: "CET", offset: 3600))
    }

    @Test(
        "A password goes to the agent in base 64, padded (RFC 4648)",
        arguments: [
            ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"), ("ü>?", "w7w+Pw=="),
        ])
    func base64(password: String, text: String) {
        let arguments = GuestSetUserPassword(user: "u", password: password, isCrypted: true).arguments
        #expect(arguments == ["username": "u", "password": .string(text), "crypted": true])
    }

    @Test("Internal snapshots: only saving and loading name where the state is")
    func snapshots() {
        func request(_ verb: Snapshot.Verb) -> QMPRequest {
            Snapshot(verb, jobID: "j", tag: "t", devices: ["a", "b"], vmstate: "a").request(for: nil)
        }
        let common: JSONObject = ["job-id": "j", "tag": "t", "devices": ["a", "b"]]
        #expect(request(.save) == QMPRequest("snapshot-save", common.merging(["vmstate": "a"])))
        #expect(request(.load) == QMPRequest("snapshot-load", common.merging(["vmstate": "a"])))
        #expect(request(.delete) == QMPRequest("snapshot-delete", common))
    }

    @Test(
        "An answer that lacks a figure names the command and the figure",
        arguments: [
            (#"[{"id": "j"}]"#, "the answer to 'query-jobs' lacks a string 'type'"),
            ("{}", "the answer to 'query-jobs' is object, no array"),
            ("[5]", "the answer to 'query-jobs' holds integer where an object belongs"),
        ])
    func lacking(text: String, message: String) {
        let error = #expect(throws: VMError.self) { try decoded(QueryJobs.self, text) }
        #expect(error?.message == message && error?.code == .protocolViolation)
    }
}
