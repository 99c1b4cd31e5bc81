import Testing

@testable import VMDomain

/// Disks and network cards, at the edges of what is accepted.
@Suite struct DeviceEdgeTests {
    private static func card(_ type: String, _ body: String) -> String {
        "<devices><interface type='\(type)'>\(body)</interface></devices>"
    }

    private static func forward(_ start: Int, _ end: Int) -> String {
        card(
            "user",
            "<backend type='passt'/><portForward proto='tcp'><range start='\(start)' end='\(end)'/></portForward>")
    }

    private static func queues(_ receive: Int, _ send: Int) -> String {
        card("user", "<model type='virtio'/><driver rx_queue_size='\(receive)' tx_queue_size='\(send)'/>")
    }

    @Test(
        "Cards",
        arguments: [
            Edge(forward(80, 80)), Edge(forward(80, 81)), Edge(forward(80, 79), "invalid-range"),
            Edge(queues(256, 1024)), Edge(queues(1, 2)), Edge(queues(384, 256), "not-a-power"),
            Edge(queues(256, 96), "not-a-power"), Edge(queues(255, 256), "not-a-power"),
            Edge(card("user", "<mac address='52:54:00:00:00:01'/>")),
            Edge(card("user", "<mac address='53:54:00:00:00:01'/>"), "multicast-mac"),
            Edge(card("network", "<source network='n'/>")), Edge(card("network", "<source/>"), "missing-attribute"),
            Edge(card("bridge", "<source bridge='b'/>")), Edge(card("bridge", "<source/>"), "missing-attribute"),
            Edge(card("user", "<model type='a-b_9'/>")), Edge(card("user", "<model type='a b'/>"), "invalid-model"),
            Edge(card("bridge", "<source bridge='b'/><backend type='passt'/>"), "backend"),
        ])
    func cards(edge: Edge) { edge.check() }

    private static func unit(_ disk: String, _ source: String, bus: String = "scsi", _ more: String = "") -> String {
        "<devices><disk type='\(disk)' device='lun'><driver name='qemu' type='raw'/>\(source)"
            + "<target dev='sda' bus='\(bus)'/>\(more)</disk></devices>"
    }

    private static let device = "<source dev='/dev/sdx'/>"

    private static func network(_ name: String) -> String {
        "<source protocol='\(name)' name='n'><host name='h' port='1'/></source>"
    }

    @Test(
        "Units that are passed through",
        arguments: [
            Edge(unit("block", device)), Edge(unit("network", network("iscsi"))),
            Edge(unit("network", network("nbd")), "lun-source"),
            Edge(unit("file", "<source file='/f'/>"), "lun-source"),
            Edge(unit("block", device, bus: "sata"), "lun-bus"),
            Edge(unit("block", device, bus: "ide"), "lun-bus", "no-ide"),
            Edge(unit("block", device, "<wwn>5000c50015ea71aa</wwn>"), "lun-identity"),
            Edge(unit("block", device, "<serial>s</serial>"), "lun-identity"),
            Edge(unit("block", device, "<vendor>v</vendor>"), "lun-identity"),
            Edge(unit("block", device, "<product>p</product>"), "lun-identity"),
        ])
    func units(edge: Edge) { edge.check() }
}
