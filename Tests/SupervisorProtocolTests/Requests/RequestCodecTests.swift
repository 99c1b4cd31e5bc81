import QEMULauncher
import Testing
import VMCore
import VMDomain
import VMJSON
import VMXML

@testable import SupervisorProtocol

@Suite("Requests as they travel")
struct RequestCodecTests {
    /// Every request, with every kind of edit.
    static func samples() throws -> [SupervisorRequest] {
        var limits = IOTune()
        (limits.totalBytesSec, limits.groupName) = (1, "together")
        var settings = IOThreadSettings()
        (settings.pollMax, settings.pollGrow, settings.pollShrink) = (1, 2, 3)
        (settings.threadPoolMin, settings.threadPoolMax) = (4, 5)
        var limitsOfMigration = MigrationLimits()
        (limitsOfMigration.bandwidth, limitsOfMigration.cacheSize) = (1, 2)
        let disk = "<disk type='file' device='disk'><source file='/a'/><target dev='vdb' bus='virtio'/></disk>"
        let devices = try Devices(fragment: "<devices>\(disk)</devices>")
        let note = try XMLTree.read(Array("<a:b xmlns:a='urn:x'>text</a:b>".utf8), file: "note")
        let set = try #require(CPUSet(xml: "0-2,5"))
        let edits: [DomainEdit] = [
            .attach(devices), .detach(.like(devices)), .detach(.alias("ua-a")), .update(devices, force: true),
            .changeMedia(target: nil, .eject, force: true),
            .changeMedia(target: "sda", .insert(path: "/i"), force: false),
            .changeMedia(target: "sda", .update(path: "/u"), force: false), .setLink(interface: "vnet0", isUp: false),
            .setMemory(bytes: .max), .setMaximumMemory(bytes: 1), .setMemoryStatisticsPeriod(seconds: 7),
            .setBlockLimits(disk: "vda", limits), .setProcessorCount(3, isMaximum: true),
            .setProcessors([1, 2], isEnabled: false), .addIOThread(1), .removeIOThread(2), .setIOThread(3, settings),
            .setLifecycleAction(.poweroff(.preserve)), .setLifecycleAction(.reboot(.destroy)),
            .setLifecycleAction(.crash(.coredumpRestart)), .setDisplayPassword(.vnc, "p\u{0}w", validTo: "now"),
            .setDisplayPassword(.spice, "", validTo: nil), .pin(.emulator, set), .pin(.vcpu(1), set),
            .pin(.iothread(2), set), .setTitle("a\nb"), .setTitle(nil), .setDescription("d"), .setDescription(nil),
            .setMetadata(note, uri: "urn:x", prefix: "a"), .setMetadata(nil, uri: "urn:x", prefix: nil),
            .tune(.memory, [TypedParameter("hard_limit", .ullong(.max))]),
            .tune(.blockIO, [TypedParameter("device_weight", .string("/dev/sda,1")), .init("weight", .uint(9))]),
            .tune(.scheduler, [TypedParameter("vcpu_quota", .llong(-1))]), .tune(.numa, [.init("numa_mode", .int(2))]),
            .tune(.perfEvents, [TypedParameter("cmt", .boolean(true)), .init("mbmt", .boolean(false))]),
            .tune(.bandwidth(interface: "vnet0"), []), .tune(.blockLimits(disk: "vda"), [.init("d", .double(0.5))]),
        ]
        return [
            .status, .definition, .subscribe(since: nil), .subscribe(since: .max), .suspend, .resume, .reset,
            .shutdown, .reboot, .wakeUp, .destroy(isGraceful: true), .destroy(isGraceful: false),
            .resizeBlock(disk: "vda", bytes: .max, mayShrink: false),
            .resizeBlock(disk: "vda", bytes: 0, mayShrink: true), .setWriteThreshold(disk: "vda", bytes: 0), .injectNMI,
            .sendKeys([.named("ctrl"), .number(58)], hold: .milliseconds(20)), .sendKeys([.number(1)], hold: nil),
            .addDisplayClient(index: 1, skipsAuthentication: true),
            .peekMemory(address: .max, count: 65_536, isPhysical: true), .reloadDisplays,
            .announce(interface: "net0", AnnounceTimes()), .announce(interface: nil, AnnounceTimes()),
            .measureDirtyRate(seconds: 60), .setAgentPatience(.atMost(.seconds(9))), .setAgentPatience(.forever),
            .setAgentPatience(AgentPatience.none), .setAgentPatience(nil),
            .setMigrationLimits(limitsOfMigration),
            .screenshot(screen: 1), .agent(command: "guest-ping", arguments: ["a": [1, nil, "b"]]),
            .save(SaveRequest(id: "1", path: "/s", xml: "<domain/>", isPaused: false)),
            .save(SaveRequest(id: "1", path: "/s", xml: nil, isPaused: nil)),
            .dump(DumpRequest(id: "2", path: "/d", format: "win-dmp", isLive: true, after: "crash")),
            .dump(DumpRequest(id: "2", path: "/d", format: nil, isLive: false, after: nil)), .abortJob,
        ] + edits.map { .edit($0) }
    }

    /// What goes over the socket: bytes, and what they are read as.
    private func travel(_ arguments: JSONObject) throws -> JSONObject {
        try #require(JSONParser.parse(JSONValue.object(arguments).description).object)
    }

    @Test("what is read is what was written")
    func roundTrip() throws {
        for request in try Self.samples() {
            let call = SupervisorCall(
                request, timeout: .milliseconds(1500), descriptorCount: 2, id: "change-1", isRepeated: true)
            let sent = call.arguments
            let read = try SupervisorCall(name: request.name, arguments: travel(sent))
            #expect(read.arguments == sent, "\(request.name)")
            #expect(read.request.name == request.name && read.command == "x-vmctl-\(request.name)")
            #expect(read.timeout == .milliseconds(1500) && read.descriptorCount == 2)
            #expect(read.id == "change-1" && read.isRepeated)
        }
    }

    @Test("members that a newer client has added are passed over")
    func additions() throws {
        for request in try Self.samples() {
            var sent = SupervisorCall(request, timeout: .seconds(1)).arguments
            let before = sent
            sent["of-a-newer-version"] = ["a": 1]
            #expect(try SupervisorCall(name: request.name, arguments: travel(sent)).arguments == before)
        }
    }

    @Test("members that are missing, or of any other shape, are an error and no more")
    func hostile() throws {
        let odd: [JSONValue?] = [
            nil, .null, -1, 0, 1, .integer(.max), .integer(.min), .double(1e300), true, "", "x", "\u{0}", "<a", [],
            [[]],
            [1, "a"], [:], ["data": [:]], ["data": -1],
        ]
        for request in try Self.samples() {
            let sent = SupervisorCall(request, timeout: .seconds(1), descriptorCount: 1, id: "i").arguments
            for key in sent.map(\.key) {
                for value in odd {
                    var changed = sent
                    changed[key] = value
                    do throws(VMError) {
                        let call = try SupervisorCall(name: request.name, arguments: changed)
                        #expect(call.timeout > .zero && call.timeout <= SupervisorCall.longest)
                        #expect((0...SupervisorCall.descriptorLimit).contains(call.descriptorCount))
                    } catch {
                        #expect(!error.message.isEmpty)
                    }
                }
            }
        }
    }

    @Test("names and kinds of another version are said to be unsupported")
    func unknown() throws {
        for (name, arguments) in [("levitate", [:]), ("edit", ["kind": "levitate"])] as [(String, JSONObject)] {
            let error = #expect(throws: VMError.self) { try SupervisorCall(name: name, arguments: arguments) }
            #expect(error?.code == .unsupported)
            #expect(error?.message.contains("'levitate'") == true)
        }
    }

    @Test("1 to 16 keys are pressed, for a minute at most")
    func keys() throws {
        func read(_ count: Int, hold: Int64) throws -> SupervisorRequest {
            let key = GuestKey.named("a").json
            return try SupervisorCall(
                name: "send-keys",
                arguments: ["keys": .array(Array(repeating: key, count: count)), "hold": .integer(hold)]
            ).request
        }
        #expect(throws: VMError.self) { try read(0, hold: 1) }
        #expect(throws: VMError.self) { try read(17, hold: 1) }
        guard case .sendKeys(let keys, let hold) = try read(16, hold: .max) else {
            Issue.record("another request")
            return
        }
        #expect(keys.count == 16 && hold == .seconds(60))
    }
}
