import Testing
import VMJSON

@testable import MonitorJSON

/// QEMU's events as types: what every QEMU sends is needed, what only some send is not.
@Suite("Events as types")
struct TypedEventTests {
    /// An event's type, an example with all members, and those without which it is none.
    struct Sample: Sendable, CustomTestStringConvertible {
        var name: String
        var members: JSONObject
        var needed: [String]
        var isRead: @Sendable (JSONObject) -> Bool

        init<E: TypedEvent>(_ type: E.Type, _ members: JSONObject, needs needed: String...) {
            name = E.name
            self.members = members
            self.needed = needed
            isRead = { E($0) != nil }
        }

        var testDescription: String { name }
    }

    static let samples = [
        Sample(TrayMovedEvent.self, ["device": "", "id": "cd0", "tray-open": true], needs: "tray-open"),
        Sample(
            BlockIOErrorEvent.self,
            [
                "device": "d", "node-name": "n", "operation": "write", "action": "stop", "nospace": true,
                "reason": "full",
            ],
            needs: "operation", "action"),
        Sample(
            BlockJobCompletedEvent.self, ["device": "j", "type": "mirror", "len": 9, "offset": 8, "speed": 0],
            needs: "device"),
        Sample(BlockJobReadyEvent.self, ["device": "j", "type": "mirror", "len": 9, "offset": 9], needs: "device"),
        Sample(BlockJobCancelledEvent.self, ["device": "j", "type": "stream", "len": 9, "offset": 1], needs: "device"),
        Sample(JobStatusEvent.self, ["id": "j", "status": "ready"], needs: "id", "status"),
        Sample(MigrationEvent.self, ["status": "completed"], needs: "status"),
        Sample(DumpCompletedEvent.self, ["result": ["status": "failed"], "error": "why"], needs: "result"),
        Sample(SerialPortEvent.self, ["id": "channel0", "open": true], needs: "id", "open"),
        Sample(MemoryDeviceSizeEvent.self, ["id": "m", "size": 1024, "qom-path": "/m"], needs: "size"),
        Sample(ReceiveFilterEvent.self, ["name": "net0", "path": "/m/net0"], needs: "path"),
        Sample(ShutdownEvent.self, ["guest": true, "reason": "guest-shutdown"]),
        Sample(ResetEvent.self, ["guest": true, "reason": "guest-reset"]),
        Sample(GuestPanickedEvent.self, ["action": "pause", "info": ["type": "s390"]], needs: "action"),
        Sample(WatchdogEvent.self, ["action": "poweroff"], needs: "action"),
        Sample(RTCChangeEvent.self, ["offset": -5, "qom-path": "/rtc"], needs: "offset"),
        Sample(BalloonChangeEvent.self, ["actual": 1024], needs: "actual"),
        Sample(DeviceDeletedEvent.self, ["device": "d", "path": "/m/d"], needs: "path"),
        Sample(DeviceUnplugErrorEvent.self, ["device": "d", "path": "/m/d"], needs: "path"),
    ]

    @Test("A whole one is read; one without what it needs isn't, and no odd value traps", arguments: samples)
    func members(sample: Sample) {
        #expect(sample.isRead(sample.members))
        var least = sample.members
        for (name, _) in sample.members where !sample.needed.contains(name) { least[name] = nil }
        #expect(sample.isRead(least), "only what is needed")
        for name in sample.needed {
            var rest = sample.members
            rest[name] = nil
            #expect(!sample.isRead(rest), "without \(name)")
        }
        for odd: JSONValue in [.null, [], [:], "x", 1e300, -1, JSONValue(UInt64.max), true] {
            for (name, _) in sample.members {
                var damaged = sample.members
                damaged[name] = odd
                _ = sample.isRead(damaged)
            }
        }
    }

    @Test("Figures and words are taken from the members that QAPI names")
    func values() {
        let error = BlockIOErrorEvent([
            "device": "d", "node-name": "n", "qom-path": "/p", "operation": "read", "action": "report", "nospace": true,
            "reason": "r",
        ])
        #expect(error?.device == "d" && error?.nodeName == "n" && error?.path == "/p" && error?.operation == "read")
        #expect(error?.action == "report" && error?.isNoSpace == true && error?.reason == "r")
        let job = BlockJobCompletedEvent(["device": "j", "type": "commit", "len": 9, "offset": 8, "error": "e"])?.job
        #expect(job?.device == "j" && job?.type == "commit" && job?.length == 9 && job?.offset == 8)
        #expect(job?.error == "e")
        #expect(RTCChangeEvent(["offset": -5])?.offset == -5)
        #expect(DumpCompletedEvent(["result": ["status": "failed"], "error": "e"])?.error == "e")
        #expect(ShutdownEvent(["guest": true])?.isGuest == true && ShutdownEvent([:])?.isGuest == false)
        #expect(MemoryDeviceSizeEvent(["size": 7, "id": "m"])?.id == "m")
        #expect(DeviceDeletedEvent(["path": "/p"])?.id == nil)
        #expect(BalloonChangeEvent(["actual": -1]) == nil)
    }

    @Test("An event is only what its name says")
    func names() {
        func event(_ name: String) -> QMPEvent { QMPEvent(name, data: ["action": "pause"]) }
        #expect(event("WATCHDOG").as(WatchdogEvent.self)?.action == "pause")
        #expect(event("WATCHDOG").as(GuestPanickedEvent.self) == nil)
        #expect(event("WATCHDOG").plain == nil)
        for plain in PlainEvent.allCases { #expect(event(plain.rawValue).plain == plain) }
        #expect(Set(Self.samples.map(\.name)).isDisjoint(with: PlainEvent.allCases.map(\.rawValue)))
    }
}
