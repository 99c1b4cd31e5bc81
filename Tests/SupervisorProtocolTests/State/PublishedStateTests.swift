import Testing
import VMCore
import VMJSON

@testable import SupervisorProtocol

@Suite struct PublishedStateTests {
    @Test("a state that was written is read as it was")
    func roundTrip() throws {
        var state = PublishedState(name: "naïve \"name\"\u{202e}", uuid: .random(), state: .shutOff, reason: .crashed)
        #expect(try PublishedState(json: JSONParser.parse(state.json.description)) == state)
        // One that runs without an id, or on an unknown boot, is damaged.
        (state.state, state.reason, state.bootID) = (.paused, .ioError, "b")
        #expect(try PublishedState(json: JSONParser.parse(state.json.description)) == nil)
        (state.id, state.bootID) = (7, "")
        #expect(try PublishedState(json: JSONParser.parse(state.json.description)) == nil)
        state.bootID = "b"
        #expect(try PublishedState(json: JSONParser.parse(state.json.description)) == state)
        state.id = 7
        state.detail = "vda: no space left"
        state.diskFailures = [
            DiskFailure(
                target: "vda", file: "/a \"b\".img", error: "no space left", isNoSpace: true, since: 5, node: "n"),
            DiskFailure(error: "Input/output error", isNoSpace: false, since: 6, node: ""),
        ]
        state.spaceWaitedFor = 1 << 40
        state.supervisor = ProcessIdentity(pid: 12, startTime: .max)
        state.qemu = ProcessIdentity(pid: 13, startTime: 1)
        state.qemuVersion = "7.2.22"
        state.monitor = "/run/x"
        state.notAnsweringSince = 5
        state.terminals = [.init(chardev: "charserial0", path: "/dev/pts/3")]
        state.vnc = [.init(host: "::1", port: "5900")]
        state.lastEvent = .max
        #expect(try PublishedState(json: JSONParser.parse(state.json.description)) == state)
    }

    @Test("an incomplete state is none", arguments: ["{}", "[]", "{\"name\":\"x\"}", "{\"name\":1,\"uuid\":2}"])
    func incomplete(text: String) throws {
        #expect(try PublishedState(json: JSONParser.parse(text)) == nil)
    }
}
