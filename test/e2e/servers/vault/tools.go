//go:build tools

// Package tools keeps the server that the e2e suite builds in go.mod.
package tools

import _ "github.com/hashicorp/vault"
