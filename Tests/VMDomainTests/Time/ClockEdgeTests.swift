import Testing
import VMXML

@testable import VMDomain

/// Clocks and timers, at the edges of what is accepted.
@Suite struct ClockEdgeTests {
    private static func timer(_ attributes: String, _ body: String = "") -> String {
        "<clock offset='utc'><timer \(attributes)>\(body)</timer></clock>"
    }

    @Test(
        "Timers of a PC",
        arguments: [
            Edge(timer("name='pit' tickpolicy='delay'")), Edge(timer("name='pit' tickpolicy='discard'")),
            Edge(timer("name='pit' tickpolicy='merge'"), "timer-policy"),
            Edge(timer("name='rtc' tickpolicy='catchup'")), Edge(timer("name='rtc' tickpolicy='delay'")),
            Edge(timer("name='rtc' tickpolicy='discard'"), "timer-policy"),
            Edge(timer("name='rtc' tickpolicy='merge'"), "timer-policy"),
            Edge(timer("name='rtc' track='guest'")), Edge(timer("name='rtc' track='boot'"), "timer-track"),
            Edge(timer("name='rtc' tickpolicy='catchup'", "<catchup limit='1'/>")),
            Edge(timer("name='rtc' tickpolicy='delay'", "<catchup limit='1'/>"), "timer-catchup"),
            Edge(timer("name='hpet' present='no'")), Edge(timer("name='tsc' frequency='1000'")),
            Edge(timer("name='kvmclock' present='yes'")), Edge(timer("name='hypervclock' present='yes'")),
            Edge(timer("name='platform'"), "timer-platform"), Edge(timer("name='xen'"), "timer-platform"),
            Edge(timer("name='armvtimer' tickpolicy='discard'"), "timer-platform"),
            Edge(
                "<clock offset='utc'><timer name='rtc' tickpolicy='delay'/><timer name='rtc' tickpolicy='catchup'/></clock>",
                "duplicate-timer"),
        ])
    func pc(edge: Edge) { edge.check() }

    @Test(
        "Timers of an ARM machine",
        arguments: [
            ("tsc", ["no-effect"]), ("kvmclock", ["no-effect"]), ("hypervclock", ["no-effect"]),
            ("tsc' present='yes", ["timer-platform"]), ("kvmclock' present='yes", ["timer-platform"]),
            ("hpet", ["no-effect"]), ("pit", ["no-effect"]), ("rtc", []), ("armvtimer", []),
        ] as [(String, [String])])
    func arm(name: String, rules: [String]) {
        var edge = Edge(Self.timer("name='\(name)'"), architecture: "aarch64", machine: "virt")
        edge.rules = rules
        edge.check()
    }

    @Test(
        "Each offset has its own attributes, and comes back as it was",
        arguments: [
            "<clock offset='utc'/>", "<clock offset='utc' adjustment='reset'/>",
            "<clock offset='localtime' adjustment='-3600'/>", "<clock offset='timezone' timezone='Europe/Berlin'/>",
            "<clock offset='variable' adjustment='1' basis='localtime'/>", "<clock offset='absolute' start='0'/>",
            "<clock offset='absolute' start='18446744073709551615'/>",
        ])
    func offsets(xml: String) throws { try expectUnchanged(xml, as: Clock.self, root: "clock") }

    @Test(
        "An attribute of another offset is refused",
        arguments: [
            "offset='utc' basis='utc'", "offset='utc' timezone='UTC'", "offset='timezone' adjustment='1'",
            "offset='absolute'", "offset='absolute' start='-1'", "offset='variable' adjustment='soon'",
        ])
    func foreign(attributes: String) throws {
        let reading = try? Clock.read(Array("<clock \(attributes)/>".utf8), file: "t.xml", root: "clock")
        #expect(reading?.diagnostics.isEmpty != true)
    }
}
