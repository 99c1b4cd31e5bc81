import MonitorJSON
import Testing
import VMCore
import VMJSON

@Suite("Events and errors as they come")
struct QMPMessageTests {
    private func event(_ text: String) throws -> QMPEvent? {
        try JSONParser.parse(text).object.flatMap { QMPEvent($0) }
    }

    @Test("An event's time is seconds and a part of one; where QEMU can't tell it there is none")
    func time() throws {
        let known = try event(#"{"timestamp": {"seconds": 5, "microseconds": 999999}, "event": "STOP"}"#)
        #expect(known?.time == .nanoseconds(5_999_999_000))
        #expect(known?.json.description == #"{"timestamp":{"seconds":5,"microseconds":999999},"event":"STOP"}"#)
        #expect(try event(#"{"timestamp": {"seconds": -1, "microseconds": -1}, "event": "STOP"}"#)?.time == nil)
        #expect(try event(#"{"timestamp": {"seconds": 5, "microseconds": 1000000}, "event": "STOP"}"#)?.time == nil)
        #expect(try event(#"{"event": "STOP"}"#)?.time == nil)
        #expect(try event(#"{"return": {}}"#) == nil)
    }

    @Test(
        "The class of an error decides its code",
        arguments: [
            ("GenericError", VMError.Code.monitor), ("CommandNotFound", .unsupported), ("KVMMissingCap", .unsupported),
            ("DeviceNotFound", .notFound), ("DeviceNotActive", .wrongState), ("SomethingNew", .monitor),
        ])
    func classes(name: String, code: VMError.Code) throws {
        let error = try #require(QMPError(["class": .string(name), "desc": "why"]))
        #expect(error.error(of: "eject").code == code)
        #expect(error.error(of: "eject").message == "QEMU refused 'eject': why (\(name))")
        #expect(QMPError(["desc": "why"]) == nil)
    }

    @Test("Typed events read their own members, and no other event")
    func typed() {
        let tray = QMPEvent("DEVICE_TRAY_MOVED", data: ["device": "d", "id": "cd0", "tray-open": true])
        #expect(tray.as(TrayMovedEvent.self)?.isOpen == true && tray.as(TrayMovedEvent.self)?.id == "cd0")
        #expect(tray.as(BlockIOErrorEvent.self) == nil)
        let failure = QMPEvent(
            "BLOCK_IO_ERROR",
            data: [
                "device": "", "node-name": "n", "qom-path": "/p", "operation": "write", "action": "stop",
                "nospace": true, "reason": "No space left on device",
            ]
        ).as(BlockIOErrorEvent.self)
        #expect(failure?.nodeName == "n" && failure?.path == "/p" && failure?.operation == "write")
        #expect(failure?.action == "stop" && failure?.isNoSpace == true && failure?.reason == "No space left on device")
        let job = QMPEvent(
            "BLOCK_JOB_COMPLETED",
            data: ["device": "j", "type": "mirror", "offset": 1, "len": 2, "speed": 3, "error": "e"]
        ).as(BlockJobCompletedEvent.self)?.job
        #expect(job?.device == "j" && job?.offset == 1 && job?.length == 2 && job?.error == "e")
        let gone = QMPEvent("DEVICE_DELETED", data: ["path": "/p", "device": "net0"]).as(DeviceDeletedEvent.self)
        #expect(gone?.id == "net0" && gone?.path == "/p")
        let clock = QMPEvent("RTC_CHANGE", data: ["offset": -5]).as(RTCChangeEvent.self)
        #expect(clock?.offset == -5)
        #expect(QMPEvent("BALLOON_CHANGE", data: ["actual": 7]).as(BalloonChangeEvent.self)?.actual == 7)
        #expect(QMPEvent("BALLOON_CHANGE").as(BalloonChangeEvent.self) == nil)
        #expect(QMPEvent("WAKEUP").plain == .wakeup && QMPEvent("SHUTDOWN").plain == nil)
    }
}
