package import VMCore
package import VMDomain
package import VMJSON
internal import VMXML

extension VLAN {
    /// The VLANs of a bridge's port. One tag that is no trunk is that of all that the guest sends and gets without tags;
    /// of a trunk, packets keep their tags, but for those of the native VLAN.
    package var memberships: [NetworkLink.VLANMembership] {
        let isTrunk = trunk == .yes || tags.count > 1
        return tags.compactMap { tag in
            guard let number = tag.id else { return nil }
            guard isTrunk else { return .init(number, isNative: true, isUntagged: true) }
            return .init(number, isNative: tag.nativeMode != nil, isUntagged: tag.nativeMode == .untagged)
        }
    }
}

extension NetworkLink.VLANMembership {
    package var json: JSONValue {
        ["number": .integer(Int64(number)), "native": .bool(isNative), "untagged": .bool(isUntagged)]
    }

    package init?(json: JSONValue) {
        guard let number = json["number"]?.int64.flatMap({ UInt16(exactly: $0) }) else { return nil }
        self.init(number, isNative: json["native"]?.bool ?? false, isUntagged: json["untagged"]?.bool ?? false)
    }
}
