//go:build tools

// Package proxy locks the program that is built here: it has no code of its own.
package proxy

import _ "github.com/oauth2-proxy/oauth2-proxy/v7"
