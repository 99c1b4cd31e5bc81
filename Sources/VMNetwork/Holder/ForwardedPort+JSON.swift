internal import VMCore
package import VMDomain
package import VMJSON

extension ForwardedPort {
    /// As it travels.
    package var json: JSONObject {
        [
            "protocol": .string(proto.rawValue), "address": .string(address), "port": .integer(Int64(port)),
            "guest_port": .integer(Int64(guestPort)),
        ]
    }

    /// Nil for what is none.
    package init?(json: JSONValue) {
        guard let proto = json["protocol"]?.string.flatMap({ ForwardedPort.Transport(rawValue: $0) }),
            let port = json["port"]?.int64.flatMap({ UInt16(exactly: $0) }), port > 0,
            let guest = json["guest_port"]?.int64.flatMap({ UInt16(exactly: $0) }), guest > 0
        else { return nil }
        let address = json["address"]?.string ?? ""
        // It becomes part of rules.
        guard address.isEmpty || IPAddress(address)?.family == .ipv4 else { return nil }
        self.init(proto, address, port, to: guest)
    }
}
