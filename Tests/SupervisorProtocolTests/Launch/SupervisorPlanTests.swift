import QEMULauncher
import Testing
import VMCore
import VMDomain
import VMJSON
import VMXML

@testable import SupervisorProtocol

/// What a supervisor is told, as it is written and read.
@Suite("Plans and orders as they are kept")
struct SupervisorPlanTests {
    private static let uuid = UUID("8c8b5d4e-0b4b-4c5e-9d0a-3f6e7a1b2c3d")
    private static let paths = UserPaths(domains: "/d", state: "/s", logs: "/l", cache: "/c", runtime: "/r")

    private func makePlan(_ arguments: [String] = ["-S"]) throws -> SupervisorPlan {
        SupervisorPlan(
            name: "n\n", uuid: try #require(Self.uuid), id: 7, paths: Self.paths, log: "/log", definition: "/def",
            executable: "/qemu", arguments: arguments, configuration: "[mon]\n", environment: [("A", "1"), ("B", "=")],
            descriptors: [20, 21], policy: LifeCyclePolicy(json: nil), isPaused: true, patience: 9)
    }

    @Test("A plan is read as it was written, whatever is set")
    func plan() throws {
        var plan = try makePlan()
        (plan.isLeashed, plan.adopts, plan.isRestored) = (true, true, true)
        plan.pluggedProcessors = [1, 3]
        plan.settings = [QMPCall("set_link", ["name": "net0", "up": false])]
        plan.managedSave = "/save"
        plan.hooks = "/hooks"
        plan.failureRecord = "/failure"
        plan.confinement = QEMUConfinement(
            user: HostUser(name: "u", id: 5, group: 6, groups: [7, 8]), isRestricted: true,
            files: [FileAccess("/a", .read), FileAccess("/b", .write)])
        plan.confinement.sockets = ["/x.sock"]
        let read = try SupervisorPlan.read(Array(JSONValue.object(plan.json).description.utf8))
        #expect(read.json.description == plan.json.description)
        #expect(read.environment.map(\.name) == ["A", "B"] && read.environment.map(\.value) == ["1", "="])
        #expect(read.confinement == plan.confinement && read.pluggedProcessors == [1, 3] && read.isPaused)
        #expect(read.folder.path == "/r/8c8b5d4e-0b4b-4c5e-9d0a-3f6e7a1b2c3d")
    }

    @Test("QEMU is asked for terminals and ports only where there can be some")
    func questions() throws {
        for (arguments, terminals, screens) in [
            (["-S"], false, false), (["-chardev", "pty,id=a"], true, false), (["-vnc", "127.0.0.1:1"], false, true),
            (["-readconfig", "/a"], false, false), (["-readconfig", "/a", "-readconfig", "/b"], true, true),
        ] {
            let plan = try makePlan(arguments)
            // A display's own word counts wherever it stands.
            #expect(plan.asksTerminals == terminals, "\(arguments)")
            #expect(plan.asksVNC == (screens || arguments.contains { $0.contains("vnc") }), "\(arguments)")
        }
    }

    @Test("A plan with a member missing, or of another shape, is refused or has a safe value")
    func damaged() throws {
        let whole = try makePlan().json
        for name in ["name", "uuid", "id", "runtime", "log", "executable", "configuration"] {
            for odd: JSONValue? in [nil, [], .null] {
                var object = whole
                object[name] = odd
                #expect(throws: VMError.self, "\(name)") { _ = try SupervisorPlan(json: .object(object)) }
            }
        }
        var object = whole
        object["patience"] = 1_000_000_000_000
        object["descriptors"] = [1, -5, 99_999_999_999, "x"]
        object["environment"] = [["A"], ["B", "2"], 5]
        let read = try SupervisorPlan(json: .object(object))
        #expect(read.patience == 86400 && read.descriptors == [1, -5])
        #expect(read.environment.map(\.name) == ["B"])
        object["patience"] = -1
        #expect(try SupervisorPlan(json: .object(object)).patience == 1)
    }

    @Test("An order to mend is read as it was written; one that doesn't say where is refused")
    func order() throws {
        var order = MendOrder(
            uuid: try #require(Self.uuid), paths: Self.paths, name: "n", definition: "/def", log: "/log", hooks: "/h",
            failureRecord: "/f")
        order.failures = 3
        let read = try MendOrder(json: .object(order.json))
        #expect(read.json.description == order.json.description && read.failures == 3 && read.name == "n")
        var many = order.json
        many["failures"] = 5_000_000_000
        #expect(try MendOrder(json: .object(many)).failures == 1000)
        many["failures"] = -4
        #expect(try MendOrder(json: .object(many)).failures == 0)
        for name in ["uuid", "paths", "definition", "log"] {
            var object = order.json
            object[name] = nil
            #expect(throws: VMError.self, "\(name)") { _ = try MendOrder(json: .object(object)) }
        }
    }

    @Test("A confinement whose user can't be read is none: it is never taken for no user at all")
    func confinement() {
        let user: JSONValue = ["name": "u", "id": 5, "group": 6, "groups": [7]]
        #expect(QEMUConfinement(json: ["user": user, "files": []])?.user?.id == 5)
        for odd: JSONValue in [
            ["name": "u", "id": -1, "group": 6], ["name": "u", "id": 5], ["id": 5, "group": 6], [],
            ["name": "u", "id": 4_294_967_296, "group": 6],
        ] { #expect(QEMUConfinement(json: ["user": odd]) == nil, "\(odd)") }
        let files = QEMUConfinement(json: [
            "files": [["path": "/a", "kind": "read"], ["path": "/b", "kind": "own"], 5]
        ])
        #expect(files?.files.map(\.path) == ["/a"])
    }

    @Test("A document's listening sockets are those that QEMU makes, and no others")
    func sockets() throws {
        let xml = """
            <domain type='qemu'><name>d</name><devices>
              <serial type='unix'><source mode='bind' path='/one'/></serial>
              <serial type='unix'><source mode='connect' path='/two'/></serial>
              <channel type='unix'><source mode='bind' path='/three'/><target type='virtio' name='x'/></channel>
              <channel type='unix'><target type='virtio' name='y'/></channel>
              <serial type='pty'/>
              <graphics type='vnc'><listen type='socket' socket='/four'/></graphics>
              <graphics type='spice'><listen type='address' address='127.0.0.1'/></graphics>
            </devices></domain>
            """
        let domain = try Domain.read(Array(xml.utf8), file: "d.xml").checked()
        #expect(domain.listeningSockets == ["/one", "/three", "/four"])
        #expect(domain.devices.listeningSockets == ["/one", "/three"])
    }
}
